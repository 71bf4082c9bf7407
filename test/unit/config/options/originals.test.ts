/** The options of Freshmaker and Greenwave: each is accepted with the default that it had there. */
import { describe, expect, it } from 'vitest'
import { fileSchema } from '../../../../src/config/file.ts'
import { inspectFile } from '../../../../src/config/options/inspect.ts'

/** Options of Freshmaker, and of both where the name is the same: `host`, `port`, `debug`, `secret_key`, `requests_timeout`. */
const FRESHMAKER = `
debug: false
log_level: 0
host: 0.0.0.0
port: 5001
server_name: localhost:5001
secret_key: ""
sqlalchemy_database_uri: sqlite:////tmp/freshmaker.db
sqlalchemy_track_modifications: true
messaging: fedmsg
messaging_sender: fedmsg
messaging_topic_prefix: [org.fedoraproject.prod]
messaging_backends:
  fedmsg: {SERVICE: freshmaker}
  in_memory: {SERVICE: freshmaker}
  rhmsg: {BROKER_URLS: [], CERT_FILE: "", KEY_FILE: "", CA_CERT: "", TOPIC_PREFIX: VirtualTopic.eng.freshmaker}
parsers: [any]
handlers: [any]
net_timeout: 120
net_retry_interval: 30
requests_timeout: 120
polling_interval: 60
max_thread_workers: 10
dogpile_cache_backend: dogpile.cache.memory
dry_run: false
handler_build_allowlist: {}
handler_build_blocklist: {}
git_base_url: git://pkgs.devel.redhat.com
git_ssh_base_url: ssh://%s@pkgs.devel.redhat.com/
git_user: ""
git_author: Freshmaker <freshmaker-owner@github.com>
koji_profile: koji
koji_container_scratch_build: false
supply_arch_overrides: false
manifest_v2_arch_map: {amd64: x86_64, arm64: aarch64}
image_extra_repo: {}
rebuilt_nvr_release_suffix: ""
container_released_dependencies_only: false
container_release_categories: [Generally Available, Tech Preview, Beta]
container_repo_vendors: [redhat]
image_build_repository_registries: []
unpublished_exceptions: []
update_base_image: false
exclude_content_sets_pattern: -hidden-rpms$
errata_tool_server_url: ""
errata_rhel_release_prefix: ""
pulp_server_url: ""
pulp_crt_path: ""
pulp_key_path: ""
odcs_server_url: ""
odcs_auth_mech: kerberos
odcs_verify_ssl: true
odcs_openidc_token: ""
odcs_sigkeys: []
pyxis_server_url: ""
pyxis_graphql_url: ""
pyxis_certificate: ""
pyxis_private_key: ""
pyxis_index_image_organizations: []
pyxis_default_page_size: 200
pyxis_small_page_size: 50
product_pages_api_url: ""
flatpak_server_url: ""
jira_server_url: https://issues.redhat.com
jira_email: ""
jira_token: ""
freshmaker_root_url: ""
bundle_autorebuild_tag_exceptions: []
bundle_include_previous_rebuilds: true
krb_auth_principal: ""
krb_auth_client_keytab: ""
krb_auth_ccache_file: ""
krb_auth_using_keytab: true
krb_auth_use_keytab: true
sfm2_api_url: ""
compliance_priority_repositories_remote_file: ""
permissions: {}
auth_backend: ""
auth_ldap_server: ""
auth_ldap_user_base: ""
auth_openidc_userinfo_uri: https://id.fedoraproject.org/openidc/UserInfo
auth_openidc_required_scopes: [openid, https://id.fedoraproject.org/scope/groups]
oidc_base_namespace: ""
ssl_enabled: false
ssl_certificate_file: ""
ssl_certificate_key_file: ""
ssl_ca_certificate_file: ""
`

const DIST_GIT = 'https://src.fedoraproject.org/{pkg_namespace}{pkg_name}/raw/{rev}/f/gating.yaml'
const GREENWAVE = `
debug: false
host: 127.0.0.1
port: 5005
bodhi_url: https://bodhi.example.com/
production: true
secret_key: replace-me-with-something-random
resultsdb_api_url: https://taskotron.fedoraproject.org/resultsdb_api/api/v2.0
waiverdb_api_url: https://waiverdb.fedoraproject.org/api/v1.0
greenwave_api_url: https://greenwave.domain.local/api/v1.0
koji_base_url: https://koji.fedoraproject.org/kojihub
koji_timeout: 15
koji_retry: 3
remote_rule_policies:
  brew-build-group: https://git.example.com/devops/greenwave-policies/side-tags/raw/master/{subject_id}.yaml
  "*": ${DIST_GIT}
dist_git_url_template: ${DIST_GIT}
dist_git_base_url: null
remote_rule_git_timeout: 30
requests_timeout: [6.1, 15]
requests_verify: true
policies_dir: /etc/greenwave/policies
subject_types_dir: /etc/greenwave/subject_types
cache: {backend: dogpile.cache.null}
outcomes_passed: [PASSED, INFO]
outcomes_error: [ERROR]
outcomes_incomplete: [QUEUED, RUNNING]
distinct_latest_results_on: [scenario, system_architecture, system_variant]
listener_hosts: ""
listener_resultsdb_queue: /queue/Consumer.client-greenwave.dev-resultsdb.VirtualTopic.eng.resultsdb.result.new
listener_waiverdb_queue: /queue/Consumer.client-greenwave.dev-waiverdb.VirtualTopic.eng.waiverdb.waiver.new
listener_decision_update_destination: /topic/VirtualTopic.eng.greenwave.decision.update
listener_connection: {heartbeats: [300000, 300000], keepalive: true, reconnect_sleep_max: 30.0}
listener_connection_ssl: {key_file: /etc/pki/umb/umb-key, cert_file: /etc/pki/umb/umb-crt, ca_certs: /etc/pki/umb/umb-ca}
otel_exporter_otlp_traces_endpoint: null
otel_exporter_service_name: greenwave
response_headers: {Strict-Transport-Security: max-age=31536000; includeSubDomains}
documentation_url: https://gating-greenwave.readthedocs.io
cors_url: null
logging: null
permanent_session_lifetime: 300
session_cookie_name: session
session_cookie_secure: true
session_cookie_samesite: Lax
logger_handler_policy: never
topic_prefix: org.fedoraproject
environment: dev
resultsdb_topic_suffix: resultsdb.result.new
waiverdb_topic_suffix: waiver.new
`

const inspect = (text: string) => inspectFile(fileSchema, text, 'old.yaml')

describe.each([
  ['Freshmaker', FRESHMAKER],
  ['Greenwave', GREENWAVE],
])('the settings of %s', (_name, text) => {
  it('are accepted as they were', () => {
    expect(inspect(text).problems).toEqual([])
  })

  it('are each suggested when written in upper case, as they were in Python', () => {
    const names = [...text.matchAll(/^(\w+):/gm)].map((match) => match[1] ?? '')
    const shouted = inspect(text.replaceAll(/^\w+:/gm, (option) => option.toUpperCase()))
    expect(shouted.problems).toHaveLength(names.length)
    for (const name of names)
      expect(shouted.problems.join('\n')).toContain(
        `${name.toUpperCase()}: is not an option; did you mean ${name}?`,
      )
  })
})

describe('an option that is an environment variable here', () => {
  const variablesOf = (text: string) => inspect(text).variables

  it('sets that variable', () => {
    expect(variablesOf('errata_tool_server_url: https://errata\nport: 5001\ndry_run: true')).toEqual({
      ERRATA_URL: 'https://errata',
      PORT: '5001',
      DRY_RUN: '1',
    })
  })

  it('that is empty sets nothing', () => {
    expect(variablesOf('errata_tool_server_url: ""\nauth_backend: ""\nlog_level: 0')).toEqual({})
  })

  it.each([
    ['polling_interval: 0.5', { POLL_INTERVAL_MS: '500' }],
    ['log_level: warning', { LOG_LEVEL: 'warn' }],
    ['log_level: critical', { LOG_LEVEL: 'fatal' }],
    ['listener_decision_update_destination: /topic/a.b', { DECISION_UPDATE_DESTINATION: 'topic://a.b' }],
    ['listener_decision_update_destination: topic://a.b', { DECISION_UPDATE_DESTINATION: 'topic://a.b' }],
  ])('is converted: %s', (text, variables) => {
    expect(variablesOf(text)).toEqual(variables)
  })

  it('of certificates counts only with ssl_enabled, and is reported without it', () => {
    const files = 'ssl_certificate_file: /c\nssl_certificate_key_file: /k\nssl_ca_certificate_file: ""\n'
    expect(variablesOf(`ssl_enabled: true\n${files}`)).toEqual({ TLS_CERT: '/c', TLS_KEY: '/k' })
    for (const off of ['', 'ssl_enabled: false\n']) {
      const { variables, ignored, problems } = inspect(`${files}${off}`)
      expect({ variables, problems }).toEqual({ variables: {}, problems: [] })
      expect(ignored).toEqual([
        { option: 'ssl_certificate_file', line: 1, because: 'ssl_enabled is not true' },
        { option: 'ssl_certificate_key_file', line: 2, because: 'ssl_enabled is not true' },
      ])
    }
  })

  it('is several for the section rhmsg of messaging_backends', () => {
    const text = `messaging_backends:
  fedmsg: {SERVICE: freshmaker}
  rhmsg:
    BROKER_URLS: [amqps://a:5671, amqps://b:5671]
    CERT_FILE: /c
    KEY_FILE: /k
    CA_CERT: /ca
    TOPIC_PREFIX: VirtualTopic.eng.mine`
    expect(variablesOf(text)).toEqual({
      AMQP_URL: 'amqps://a:5671,amqps://b:5671',
      AMQP_CERT: '/c',
      AMQP_KEY: '/k',
      AMQP_CA: '/ca',
      AMQP_TOPIC_PREFIX: 'topic://VirtualTopic.eng.mine',
    })
  })
})
