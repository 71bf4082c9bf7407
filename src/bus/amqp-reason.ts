/** The reason that a broker gives for what it refuses or closes. */

/** `<condition> <description>` of an AMQP error, which may have only one of the two; empty for anything else. */
export function amqpReason(error: unknown): string {
  const { condition, description } = Object(error) as { condition?: unknown; description?: unknown }
  return [condition, description].filter(Boolean).join(' ')
}
