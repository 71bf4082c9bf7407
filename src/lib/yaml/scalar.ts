/** Which type YAML 1.1 gives a plain scalar; nothing is converted, so that the text stays as written. */

/** The types that a plain text can take. */
export type YamlScalarType = 'string' | 'null' | 'boolean' | 'number' | 'timestamp'

const FORMS: readonly [YamlScalarType, RegExp][] = [
  ['null', /^(?:~|null|Null|NULL)?$/],
  ['boolean', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  ['number', /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0|[1-9][\d_]*|0[0-7_]+)$/],
  ['number', /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/], // base 60: 190:20:30
  ['number', /^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)$/],
  ['number', /^(?:\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/],
  ['timestamp', /^\d{4}-\d\d-\d\d$/],
  [
    'timestamp',
    /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?$/,
  ],
]

/** The type of a text written without quotes and without a tag. */
export function plainScalarType(text: string): YamlScalarType {
  return FORMS.find(([, form]) => form.test(text))?.[0] ?? 'string'
}
