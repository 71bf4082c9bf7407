/** The type of what JSON can hold. */

/** Anything that `JSON.parse` can give. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
