/** Decompresses the body of an answer: some servers compress although the request does not accept that. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'
import { errorCode } from '../error-code.ts'
import { messageOf } from '../errors.ts'

/** Resolves with the error of zlib: `ERR_BUFFER_TOO_LARGE` for more than `maxOutputLength`. */
type Decode = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

const inflateWrapped = promisify(inflate)
const inflateBare = promisify(inflateRaw)

/** `deflate` means with the wrapper of zlib, which some servers leave out. */
const inflateEither: Decode = (bytes, options) =>
  inflateWrapped(bytes, options).catch((error: unknown) => {
    if (!/incorrect header check/.test(messageOf(error))) throw error
    return inflateBare(bytes, options)
  })

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: inflateEither,
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

/** What servers write there although nothing is encoded: names of character sets, and what a store of objects was uploaded with. */
const NO_CODINGS = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'binary', 'aws-chunked'])

/** The code of an error for a body that is larger than allowed when it is decoded. */
export const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE'

/**
 * The body without the codings that `Content-Encoding` names, at most `maxBytes` long. An empty body is never encoded, whatever the header says.
 * @throws Error that says what is wrong with the coding, or the one with the code `TOO_LARGE`
 */
export async function decodeBody(
  bytes: Uint8Array,
  encoding: string | string[] | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const codings = String(encoding ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => !NO_CODINGS.has(coding))
  let decoded = bytes
  for (const coding of bytes.length > 0 ? codings.reverse() : []) {
    const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined
    if (!decode) throw new Error(`the answer has the unknown content encoding '${coding.slice(0, 60)}'`)
    decoded = await decode(decoded, { maxOutputLength: maxBytes }).catch((error: unknown) => {
      if (errorCode(error) === TOO_LARGE) throw error
      throw new Error(`the answer is not valid ${coding}: ${messageOf(error)}`)
    })
  }
  return decoded
}
