/** Starting and stopping the lab: ports, failed starts, and the program for manual experiments. */
import { spawn } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startLab } from '../../../lab/start.ts'
import { closeServer, freeRange, listenOn } from '../../support/servers/free-range.ts'

describe('a lab', () => {
  it('on fixed ports has one service on each, and frees the ports when it stops', async () => {
    const base = await freeRange()
    const lab = await startLab({ ports: base })
    expect(lab.urls).toEqual({
      ERRATA_URL: `http://127.0.0.1:${base}`,
      PYXIS_URL: `http://127.0.0.1:${base + 9}`,
      PYXIS_GRAPHQL_URL: `http://127.0.0.1:${base + 1}/graphql/`,
      KOJI_BASE_URL: `http://127.0.0.1:${base + 2}/kojihub`,
      KOJI_TOP_URL: `http://127.0.0.1:${base + 2}/kojifiles`,
      ODCS_URL: `http://127.0.0.1:${base + 3}`,
      PULP_URL: `http://127.0.0.1:${base + 4}`,
      PRODUCT_PAGES_URL: `http://127.0.0.1:${base + 10}`,
      FLATPAK_URL: `http://127.0.0.1:${base + 11}`,
      RESULTSDB_API_URL: `http://127.0.0.1:${base + 5}/api/v2.0`,
      WAIVERDB_API_URL: `http://127.0.0.1:${base + 6}/api/v1.0`,
      JIRA_URL: `http://127.0.0.1:${base + 8}`,
      REMOTE_RULE_POLICIES: JSON.stringify({
        '*': `http://127.0.0.1:${base + 7}/{pkg_namespace}{pkg_name}/raw/{rev}/f/gating.yaml`,
        'brew-build-group': `http://127.0.0.1:${base + 7}/devops/greenwave-policies/side-tags/raw/master/{subject_id}.yaml`,
      }),
    })
    expect(lab.controlUrl).toBe(`http://127.0.0.1:${base + 12}`)
    await lab.stop()
    await closeServer(await listenOn(base + 2))
  })

  it('can end the process of one service, whose port then refuses connections until it is started again', async () => {
    const lab = await startLab()
    onTestFinished(lab.stop)
    const ask = () => fetch(`${lab.urls.ODCS_URL}/api/1/composes/101`).then(({ status }) => status)
    await lab.processes.odcs.stop()
    await expect(ask()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await lab.processes.odcs.restart()
    expect(await ask()).toBe(200)
  })

  it('that cannot bind a port reports it and frees the other ports', async () => {
    const base = await freeRange()
    const taken = await listenOn(base + 3)
    onTestFinished(async () => {
      await closeServer(taken)
    })
    await expect(startLab({ ports: base })).rejects.toThrow('EADDRINUSE')
    await closeServer(await listenOn(base))
  })

  it('has a world that it does not share with another lab', async () => {
    const [first, second] = await Promise.all([startLab(), startLab()])
    onTestFinished(async () => {
      await Promise.all([first.stop(), second.stop()])
    })
    await fetch(`${first.controlUrl}/lab/advisories/133001/ship`, { method: 'POST' })
    expect(first.world.advisories.get(133001)?.status).toBe('SHIPPED_LIVE')
    expect(second.world.advisories.get(133001)?.status).toBe('PUSH_READY')
  })
})

describe('npm run lab', () => {
  function run(port: string) {
    const child = spawn(process.execPath, ['lab/main.ts'], { env: { ...process.env, LAB_PORT: port } })
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
    const printed = async (text: string) => {
      while (!output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20))
      return output
    }
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
    return { child, printed, exit }
  }

  it('prints how to start the service and what to try, logs what happens, and stops on SIGTERM', async () => {
    const base = await freeRange()
    const { child, printed, exit } = run(String(base))
    const howTo = await printed('/lab/reset')
    for (const line of [
      `export KOJI_BASE_URL='http://127.0.0.1:${base + 2}/kojihub'`,
      `export AMQP_URL='amqp://127.0.0.1:${base + 15}'`,
      `curl -X POST http://127.0.0.1:${base + 12}/lab/advisories/133001/ship`,
    ])
      expect(howTo).toContain(line)
    const shipped = await fetch(`http://127.0.0.1:${base + 12}/lab/advisories/133001/ship`, {
      method: 'POST',
    })
    expect(shipped.status).toBe(200)
    await printed('errata: RHSA-2026:9101-03 PUSH_READY -> SHIPPED_LIVE')
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
  })

  it('refuses an invalid port', async () => {
    const { printed, exit } = run('ninety')
    expect(await exit).toBe(2)
    expect(await printed('LAB_PORT')).toContain("LAB_PORT must be a port number below 65000, not 'ninety'")
  })
})
