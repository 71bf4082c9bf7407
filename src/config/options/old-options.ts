/** Options of Freshmaker, Greenwave and earlier versions without a meaning here: accepted, ignored, and named in the log with their replacement. */

/** `default` is that of the original; `because` completes "ignored: ..." for the operator. */
export type OldOption = { default: unknown; because: string }

const unused = (fallback: unknown): OldOption => ({
  default: fallback,
  because: 'the original did not use it either',
})
const session = (fallback: unknown): OldOption => ({ default: fallback, because: 'sessions are not used' })
const bus = (fallback: unknown): OldOption => ({
  default: fallback,
  because: 'replaced by AMQP_URL and AMQP_SOURCES',
})

/** In the order of behaviour/freshmaker 10, behaviour/greenwave 7.2, and the consumer section of fedora-messaging. */
export const OLD_OPTIONS = {
  debug: { default: false, because: 'replaced by LOG_LEVEL=debug' },
  server_name: { default: 'localhost:5001', because: 'replaced by PUBLIC_URL' },
  secret_key: session('replace-me-with-something-random'),
  sqlalchemy_database_uri: {
    default: '',
    because: 'replaced by DATABASE_URL, which must name another database',
  },
  sqlalchemy_track_modifications: { default: false, because: 'SQLAlchemy is not used' },
  messaging: bus('fedmsg'),
  messaging_sender: bus('fedmsg'),
  messaging_topic_prefix: {
    default: ['org.fedoraproject.prod'],
    because: 'replaced by AMQP_SOURCES; a topic is recognized by its end, whatever its prefix',
  },
  parsers: { default: [], because: 'every known message is read' },
  handlers: {
    default: [],
    because:
      'replaced by handler_build_allowlist; a handler is also off while the URL of a service that it needs is not set',
  },
  net_timeout: { default: 120, because: 'replaced by requests_timeout and request_attempts' },
  net_retry_interval: {
    default: 30,
    because: 'replaced by request_attempts; the delay between attempts grows by itself',
  },
  max_thread_workers: { default: 10, because: 'replaced by max_concurrent_requests' },
  dogpile_cache_backend: { default: 'dogpile.cache.memory', because: 'replaced by cache_seconds' },
  git_ssh_base_url: unused('ssh://%s@pkgs.devel.redhat.com/'),
  git_user: unused(''),
  git_author: unused('Freshmaker <freshmaker-owner@github.com>'),
  koji_profile: { default: 'koji', because: 'replaced by KOJI_BASE_URL, KOJI_TOP_URL and KOJI_AUTH' },
  manifest_v2_arch_map: unused({ amd64: 'x86_64', arm64: 'aarch64' }),
  container_repo_vendors: unused(['redhat']),
  krb_auth_client_keytab: {
    default: '',
    because: 'replaced by KRB5_CLIENT_KTNAME, which the Kerberos library reads',
  },
  krb_auth_ccache_file: { default: '', because: 'replaced by KRB5CCNAME, which the Kerberos library reads' },
  krb_auth_using_keytab: unused(true),
  krb_auth_use_keytab: unused(true), // as its own settings file spelled the one above
  sfm2_api_url: unused(''),
  compliance_priority_repositories_remote_file: unused(''),

  bodhi_url: { default: '', because: 'Greenwave no longer uses it' }, // Fedora's settings file still has it
  production: { default: true, because: 'every start is checked as in production' },
  cache: { default: { backend: 'dogpile.cache.null' }, because: 'replaced by cache_seconds' },
  listener_hosts: bus(''),
  listener_resultsdb_queue: bus(
    '/queue/Consumer.client-greenwave.dev-resultsdb.VirtualTopic.eng.resultsdb.result.new',
  ),
  listener_waiverdb_queue: bus(
    '/queue/Consumer.client-greenwave.dev-waiverdb.VirtualTopic.eng.waiverdb.waiver.new',
  ),
  listener_connection: {
    default: {
      heartbeats: [300000, 300000],
      keepalive: true,
      reconnect_sleep_initial: 1,
      reconnect_sleep_increase: 1,
      reconnect_sleep_max: 30,
      reconnect_attempts_max: 10,
    },
    because: 'replaced by AMQP_URL; lost connections are reopened indefinitely',
  },
  listener_connection_ssl: {
    default: {
      key_file: '/etc/pki/umb/umb-key',
      cert_file: '/etc/pki/umb/umb-crt',
      ca_certs: '/etc/pki/umb/umb-ca',
    },
    because: 'replaced by AMQP_KEY, AMQP_CERT and AMQP_CA',
  },
  otel_exporter_otlp_traces_endpoint: {
    default: null,
    because: 'replaced by OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  },
  otel_exporter_service_name: { default: 'greenwave', because: 'replaced by OTEL_SERVICE_NAME' },
  logging: { default: null, because: 'replaced by LOG_LEVEL; the log is JSON lines on standard output' },
  permanent_session_lifetime: session(300),
  session_cookie_name: session('session'),
  session_cookie_secure: session(true),
  session_cookie_samesite: session('Lax'),
  logger_handler_policy: { default: 'never', because: 'replaced by LOG_LEVEL' },

  koji_batch_ms: { default: 2000, because: 'replaced by koji_requests_per_second' },

  topic_prefix: bus('org.fedoraproject'),
  environment: bus('dev'),
  resultsdb_topic_suffix: bus('resultsdb.result.new'),
  waiverdb_topic_suffix: bus('waiver.new'),
} as const satisfies Record<string, OldOption>
