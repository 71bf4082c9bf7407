/** Random numbers computed from counters alone: each thing gets the same number regardless of what else is simulated. */

/** Between 0 and 1, neither included; the same for the same three integers. */
export function uniform(seed: number, thing: number, draw: number): number {
  const mixed = mix(mix(seed ^ Math.imul(thing, 0x9e3779b1)) ^ Math.imul(draw + 1, 0x85ebca6b))
  return ((mixed >>> 0) + 0.5) / 4_294_967_296
}

/** From the normal distribution around 0 with deviation 1; takes the draws `draw` and `draw + 1`. */
export function normal(seed: number, thing: number, draw: number): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(seed, thing, draw)))
  return radius * Math.cos(2 * Math.PI * uniform(seed, thing, draw + 1))
}

/** A number for a text, for use as `thing`. */
export function numberOf(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = mix(Math.imul(hash, 31) + text.charCodeAt(index))
  return hash
}

/** The finalizer of MurmurHash3: every bit of the input changes about half of the output. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
