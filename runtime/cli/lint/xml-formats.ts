import { fullMessage, type Report, type ReportedComplaint } from './report.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

/** Checkstyle's XML. */
export function checkstyleFormat({ files }: Report): string {
  const inner = files.map(({ name, complaints }) => {
    const errors = complaints.map((each) => {
      const { line, column, level: severity, code: source } = each;
      return element('error', { line, column, severity, message: fullMessage(each), source });
    });
    return element('file', { name }, errors.join(''));
  });
  return `${HEAD}${element('checkstyle', { version: '4.3' }, inner.join(''))}\n`;
}

/** JUnit's XML: each file a suite, each complaint a failed case. */
export function junitFormat({ files, version, now }: Report): string {
  const suites = files.map(({ name, complaints }) => {
    const cases = complaints.map((each) => failedCase(name, each));
    const attributes = {
      id: 'lapstrake',
      name: `Lapstrake ${version}`,
      time: '0.001',
      tests: complaints.length,
      failures: complaints.length,
      errors: 0,
    };
    return element('testsuite', attributes, cases.join(''));
  });
  const [day = '', time = ''] = now.toISOString().slice(0, 19).split('T');
  const attributes = {
    id: `${day.replaceAll('-', '')}_${time.replaceAll(':', '')}`,
    name: `Lapstrake run at ${day} ${time}`,
    time: '0.001',
  };
  return `${HEAD}${element('testsuites', attributes, suites.join(''))}\n`;
}

function failedCase(file: string, each: ReportedComplaint): string {
  const text = `File: ${file}\nLine: ${each.line}\n${each.level}: ${fullMessage(each)}\n`;
  const failure = element('failure', { type: each.level, message: fullMessage(each), id: each.code }, escapeXml(text));
  const attributes = { id: `lapstrake.rule.${each.code}`, name: each.code, classname: file, time: '0.001' };
  return element('testcase', attributes, failure);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, inner = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  return inner === '' ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${inner}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Takes also out what XML cannot hold. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('\n', '&#10;');
}
