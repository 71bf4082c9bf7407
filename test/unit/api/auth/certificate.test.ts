/** Subjects of certificates as text (behaviour/freshmaker 4). */
import { describe, expect, it } from 'vitest'
import { distinguishedName, peerCertificate } from '../../../../src/api/auth/certificate.ts'

describe('the subject of a certificate', () => {
  it.each([
    ['O=Example\nOU=Builds\nCN=robot', 'CN=robot,OU=Builds,O=Example'],
    ['CN=robot', 'CN=robot'],
    ['O=Example\nCN=robot + serialNumber=7', 'CN=robot+serialNumber=7,O=Example'],
    ['O=Example\\, Inc.\nCN=robot\\+1', 'CN=robot\\+1,O=Example\\, Inc.'],
    ['O=Example\nCN=root\\,O=Example', 'CN=root\\,O=Example,O=Example'],
    ['O=Example\nCN=a\\0ACN=root', 'CN=a\\0ACN=root,O=Example'],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %s', (subject, name) => {
    expect(distinguishedName(subject)).toBe(name)
  })

  it('is missing without a TLS socket', () => {
    expect(peerCertificate(undefined)).toBeUndefined()
  })
})
