{{/* What the templates share: names, labels, the container of a program. */}}

{{- define "freshwave.name" -}}
{{- .Release.Name -}}
{{- end -}}

{{- define "freshwave.labels" -}}
app.kubernetes.io/name: freshwave
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* The job by which Prometheus tells this installation from others; the alert rules know it by its beginning. */}}
{{- define "freshwave.job" -}}
{{- hasPrefix "freshwave" .Release.Name | ternary .Release.Name (printf "freshwave-%s" .Release.Name) -}}
{{- end -}}

{{/* (dict "root" $ "program" "web") */}}
{{- define "freshwave.selector" -}}
app.kubernetes.io/name: freshwave
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .program }}
{{- end -}}

{{/* Selects the pods of ingest and worker, which serve metrics alone. */}}
{{- define "freshwave.monitored" -}}
matchLabels:
  app.kubernetes.io/name: freshwave
  app.kubernetes.io/instance: {{ .Release.Name | quote }}
matchExpressions:
  - { key: app.kubernetes.io/component, operator: In, values: [ingest, worker] }
{{- end -}}

{{/* The programs that run all the time; the gate alone is a kind of web. */}}
{{- define "freshwave.programs" -}}
{{- eq (.Values.only | default "") "gate" | ternary "web" "web ingest worker" -}}
{{- end -}}

{{- define "freshwave.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of the API: with a certificate it serves HTTPS alone. */}}
{{- define "freshwave.scheme" -}}
{{- with .Values -}}
{{- or (.env).TLS_CERT (and (.settings).ssl_enabled (.settings).ssl_certificate_file) | empty | ternary "http" "https" -}}
{{- end -}}
{{- end -}}

{{/* Ends a rendering whose Service the cluster would refuse, after the migrations. */}}
{{- define "freshwave.checkName" -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" .Release.Name) -}}
{{- fail (printf "the release name %q must begin with a letter and have no dots: it is the name of a Service" .Release.Name) -}}
{{- end -}}
{{- end -}}

{{/* A start may wait start_patience_s for PostgreSQL and Redis, and says why when it gives up. */}}
{{- define "freshwave.startSeconds" -}}
{{- $settings := .Values.settings | default dict -}}
{{- $patience := hasKey $settings "start_patience_s" | ternary $settings.start_patience_s 60 -}}
{{- $patience | float64 | ceil | add 60 -}}
{{- end -}}

{{/* Ends a rendering in which two processes would claim one durable subscription. */}}
{{- define "freshwave.checkSources" -}}
{{- $sources := (.Values.env).AMQP_SOURCES | default "" | toString -}}
{{- if and (contains "topic://" $sources) (gt (int (.Values.ingest).replicas) 1) -}}
{{- fail "ingest.replicas: must be 1 with durable subscriptions (topic://) in env.AMQP_SOURCES" -}}
{{- end -}}
{{- end -}}

{{/* Ends a rendering in which a mount would hide the program or the files below it; a folder in a read-only mount cannot be made. */}}
{{- define "freshwave.checkMounts" -}}
{{- range concat (.Values.secretMounts | default list) (.Values.configMapMounts | default list) -}}
{{- if regexMatch "^/(opt|opt/freshwave(/.*)?|etc|etc/freshwave(/(settings|policies|subject-types)(/.*)?)?|usr(/.*)?)/*$" .path -}}
{{- fail (printf "secretMounts, configMapMounts: the path %s belongs to the image or the chart; use another, such as /etc/freshwave/tls" .path) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Ends a rendering in which pods would be killed while they stop; web begins to stop after the five seconds of its preStop. */}}
{{- define "freshwave.checkGrace" -}}
{{- $grace := (.Values.settings).shutdown_grace_s | default 10 -}}
{{- $time := .Values.terminationGracePeriodSeconds | default 30 -}}
{{- if le (sub $time 5 | float64) (float64 $grace) -}}
{{- fail (printf "terminationGracePeriodSeconds: must be more than settings.shutdown_grace_s (%v) plus 5" $grace) -}}
{{- end -}}
{{- end -}}

{{/* The pod of a program: (dict "root" $ "program" "web" "resources" ...). */}}
{{- define "freshwave.pod" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .root.Values.scheduling }}
{{ toYaml . }}
{{- end }}
{{- with .root.Values.serviceAccountName }}
serviceAccountName: {{ . | quote }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false # a Service called "metrics" would set METRICS_PORT
terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  seccompProfile: { type: RuntimeDefault }
containers:
  - name: {{ .program }}
    image: {{ include "freshwave.image" .root | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: [{{ eq (include "freshwave.programs" .root) .program | ternary "gate" .program }}]
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: { drop: [ALL] }
    envFrom:
      - secretRef: { name: {{ .root.Values.existingSecret | quote }}{{ if eq (include "freshwave.programs" .root) "web" }}, optional: true{{ end }} }
    env:
      - name: FRESHWAVE_CONFIG
        value: /etc/freshwave/settings/freshwave.yaml
      {{- if eq .program "web" }}
      - name: HOST
        value: {{ .root.Values.listenAddress | default "0.0.0.0" | quote }}
      - name: PORT # that of the probes, also where the settings file has another
        value: "8080"
      {{- else if ne .program "migrate" }}
      - name: METRICS_HOST
        value: {{ .root.Values.listenAddress | default "0.0.0.0" | quote }}
      - name: METRICS_PORT
        value: "9100"
      {{- end }}
      {{- if .root.Values.policies }}
      - name: POLICIES_DIR
        value: /etc/freshwave/policies
      {{- end }}
      {{- if .root.Values.subjectTypes }}
      - name: SUBJECT_TYPES_DIR
        value: /etc/freshwave/subject-types
      {{- end }}
      {{- range $name, $value := .root.Values.env }}
      {{- if kindIs "map" $value }}
      - name: {{ $name }}
        {{- toYaml $value | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- /* After those that "$(NAME)" in them may refer to. */}}
      {{- range $name, $value := .root.Values.env }}
      {{- if not (kindIs "map" $value) }}
      - name: {{ $name }}
        value: {{ kindIs "string" $value | ternary $value (toJson $value) | quote }}
      {{- end }}
      {{- end }}
    {{- if ne .program "migrate" }}
    {{- $port := eq .program "web" | ternary "http" "metrics" }}
    {{- $scheme := eq .program "web" | ternary (include "freshwave.scheme" .root) "http" | upper }}
    ports:
      - { name: {{ $port }}, containerPort: {{ eq .program "web" | ternary 8080 9100 }} }
    startupProbe:
      httpGet: { path: /health/live, port: {{ $port }}, scheme: {{ $scheme }} }
      periodSeconds: 1
      failureThreshold: {{ include "freshwave.startSeconds" .root }}
    livenessProbe:
      httpGet: { path: /health/live, port: {{ $port }}, scheme: {{ $scheme }} }
      timeoutSeconds: 5
    {{- /* Not "ready" of web: while a store or the bus is away, decisions go on and the rest says what is missing. */}}
    readinessProbe:
      httpGet: { path: /health/{{ eq .program "web" | ternary "live" "ready" }}, port: {{ $port }}, scheme: {{ $scheme }} }
      timeoutSeconds: 5
    {{- end }}
    {{- if eq .program "web" }}
    lifecycle: # requests still arrive until every node knows that the pod ends
      preStop: { exec: { command: [/usr/local/bin/node, -e, "setTimeout(() => {}, 5000)"] } }
    {{- end }}
    {{- with .resources }}
    resources: {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - { name: settings, mountPath: /etc/freshwave/settings, readOnly: true }
      {{- if .root.Values.policies }}
      - { name: policies, mountPath: /etc/freshwave/policies, readOnly: true }
      {{- end }}
      {{- if .root.Values.subjectTypes }}
      - { name: subject-types, mountPath: /etc/freshwave/subject-types, readOnly: true }
      {{- end }}
      {{- range $index, $mount := .root.Values.secretMounts }}
      - { name: secret-{{ $index }}, mountPath: {{ $mount.path | quote }}, readOnly: true }
      {{- end }}
      {{- range $index, $mount := .root.Values.configMapMounts }}
      - { name: config-{{ $index }}, mountPath: {{ $mount.path | quote }}, readOnly: true }
      {{- end }}
volumes:
  - name: settings
    configMap: { name: {{ include "freshwave.name" .root }}-settings }
  {{- if .root.Values.policies }}
  - name: policies
    configMap: { name: {{ include "freshwave.name" .root }}-policies }
  {{- end }}
  {{- if .root.Values.subjectTypes }}
  - name: subject-types
    configMap: { name: {{ include "freshwave.name" .root }}-subject-types }
  {{- end }}
  {{- range $index, $mount := .root.Values.secretMounts }}
  - name: secret-{{ $index }} # the name of a Secret may have dots, or be that of another volume
    secret: { secretName: {{ $mount.name | quote }} }
  {{- end }}
  {{- range $index, $mount := .root.Values.configMapMounts }}
  - name: config-{{ $index }}
    configMap: { name: {{ $mount.name | quote }} }
  {{- end }}
{{- end -}}
