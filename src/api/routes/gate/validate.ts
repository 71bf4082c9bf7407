/** `POST /api/v1.0/validate-gating-yaml`: checks a rule file before it is committed (behaviour/greenwave 4.8). */
import { createRoute, z } from '@hono/zod-openapi'
import type { Gate } from '../../../commands/gate/open-gate.ts'
import { validateRemoteFile } from '../../../gate-input/policies/rule-file.ts'
import { readYaml } from '../../../lib/yaml/read.ts'
import { type Api, GATE_ROOT } from '../../api.ts'
import { readBytes } from '../../input/body.ts'
import { jsonp } from '../../middleware/jsonp.ts'
import { json } from '../../schemas.ts'
import { callbackQuery, jsonOrScript, messageSchema } from './schemas.ts'

const route = createRoute({
  method: 'post',
  path: `${GATE_ROOT}/validate-gating-yaml`,
  tags: ['gate'],
  summary: 'Check a rule file',
  request: {
    query: callbackQuery,
    body: { required: true, content: { 'application/yaml': { schema: z.string() } } },
  },
  responses: {
    200: jsonOrScript(
      messageSchema,
      'The file is valid; the message names decision contexts that will have no effect',
    ),
    400: json(messageSchema, 'The file or the callback is invalid'),
    413: json(messageSchema, 'The file is too large'),
  },
})

/** Adds the route. The body is the file, whatever its Content-Type. */
export function addValidate(app: Api, gate: Gate): void {
  app.openAPIRegistry.registerPath(route)
  app.post(route.path, jsonp, async (c) => {
    const stream = readYaml(new Uint8Array(await readBytes(c)))
    const { isValid, message } = validateRemoteFile(stream, gate.policies().policies)
    return c.json({ message }, isValid ? 200 : 400)
  })
}
