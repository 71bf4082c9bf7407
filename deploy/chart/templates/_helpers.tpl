{{/* What the templates share: names, labels, the container of a program. */}}

{{- define "freshwave.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "freshwave.labels" -}}
app.kubernetes.io/name: freshwave
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* (dict "root" $ "program" "web") */}}
{{- define "freshwave.selector" -}}
app.kubernetes.io/name: freshwave
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .program }}
{{- end -}}

{{/* Selects the pods of ingest and worker, which serve metrics alone. */}}
{{- define "freshwave.monitored" -}}
matchLabels:
  app.kubernetes.io/name: freshwave
  app.kubernetes.io/instance: {{ .Release.Name }}
matchExpressions:
  - { key: app.kubernetes.io/component, operator: In, values: [ingest, worker] }
{{- end -}}

{{- define "freshwave.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The pod of a program: (dict "root" $ "program" "web" "resources" ...). */}}
{{- define "freshwave.pod" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  seccompProfile: { type: RuntimeDefault }
containers:
  - name: {{ .program }}
    image: {{ include "freshwave.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: [{{ .program }}]
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: { drop: [ALL] }
    envFrom:
      - secretRef: { name: {{ .root.Values.existingSecret }} }
    env:
      - name: FRESHWAVE_CONFIG
        value: /etc/freshwave/settings/freshwave.yaml
      {{- if eq .program "web" }}
      - name: HOST
        value: 0.0.0.0
      {{- else if ne .program "migrate" }}
      - name: METRICS_HOST
        value: 0.0.0.0
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
      - name: {{ $name }}
        value: {{ $value | quote }}
      {{- end }}
    {{- if ne .program "migrate" }}
    {{- $port := eq .program "web" | ternary "http" "metrics" }}
    ports:
      - { name: {{ $port }}, containerPort: {{ eq .program "web" | ternary 8080 9100 }} }
    startupProbe:
      httpGet: { path: /health/live, port: {{ $port }} }
      periodSeconds: 1
      failureThreshold: 60
    livenessProbe:
      httpGet: { path: /health/live, port: {{ $port }} }
      timeoutSeconds: 5
    readinessProbe:
      httpGet: { path: /health/ready, port: {{ $port }} }
      timeoutSeconds: 5
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
      {{- range .root.Values.secretMounts }}
      - { name: {{ .name }}, mountPath: {{ .path }}, readOnly: true }
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
  {{- range .root.Values.secretMounts }}
  - name: {{ .name }}
    secret: { secretName: {{ .name }} }
  {{- end }}
{{- end -}}
