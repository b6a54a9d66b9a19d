#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when proto/runtime/v1/api.proto is not, on the wire, the CRI of wire_golden.txt.

  wire_test.py <repo root>                    compares; needs protoc
  wire_test.py --listing <upstream api.proto> prints a new wire_golden.txt
"""
import difflib, pathlib, re, shutil, subprocess, sys, tempfile

PROTOC = shutil.which('protoc') or '/usr/bin/protoc'
PROTO = 'proto/runtime/v1/api.proto'
GOLDEN = pathlib.Path(__file__).with_name('wire_golden.txt')
DESCRIPTOR = 'google/protobuf/descriptor.proto'
QUIET_OPTIONS = {'map_entry', 'go_package'}  # the first is listed as a map, the second is Go's


def run_protoc(*args, **kwargs):
    return subprocess.run([PROTOC, *map(str, args)], check=True, stdout=subprocess.PIPE,
                          **kwargs).stdout


def parse(lines):
    """Protobuf text format, as protoc prints it: a list of (name, value or nested list)."""
    out = []
    for line in lines:
        line = line.strip()
        if line == '}':
            break
        if line.endswith(' {'):
            out.append((line[:-2], parse(lines)))
        else:
            name, value = line.split(': ', 1)
            out.append((name, value.strip('"')))
    return out


def every(node, name):
    return [value for key, value in node if key == name]


def one(node, name, default=''):
    return next(iter(every(node, name)), default)


def short(type_name, package):
    return type_name.removeprefix(f'.{package}.')


def options(node):
    pairs = [o for o in one(node, 'options', []) if o[0] not in QUIET_OPTIONS]
    return [' '.join(['option', *(f'{k}={v}' for k, v in sorted(pairs))])] if pairs else []


def reserved(node, last):
    """`last` is 0 where the descriptor's ranges include their end (enums) and 1 where not."""
    ranges = [(int(one(r, 'start', 0)), int(one(r, 'end', 0)) - last)
              for r in every(node, 'reserved_range')]
    return [f'reserved {a}-{b}' for a, b in sorted(ranges)] + [
        f'reserved {n}' for n in sorted(every(node, 'reserved_name'))]


def type_of(field, package, maps):
    kind = one(field, 'type').removeprefix('TYPE_').lower()
    if kind not in ('message', 'enum', 'group'):
        return kind, one(field, 'label').removeprefix('LABEL_').lower()
    name = short(one(field, 'type_name'), package)
    if name in maps:
        key, value = (type_of(f, package, {})[0] for f in every(maps[name], 'field'))
        return f'map<{key},{value}>', 'map'
    return name, one(field, 'label').removeprefix('LABEL_').lower()


def list_enum(enum, scope):
    name = scope + one(enum, 'name')
    yield ' '.join([f'enum {name}', *options(enum)])
    for value in sorted(every(enum, 'value'), key=lambda v: int(one(v, 'number'))):
        yield ' '.join([f'{name}.{one(value, "name")} {one(value, "number")}', *options(value)])
    for line in reserved(enum, 0):
        yield f'{name} {line}'


def list_message(message, scope, package):
    name = scope + one(message, 'name')
    nested = every(message, 'nested_type')
    maps = {f'{name}.{one(n, "name")}': n for n in nested
            if ('map_entry', 'true') in one(n, 'options', [])}
    oneofs = every(message, 'oneof_decl')
    yield ' '.join([f'message {name}', *options(message)])
    for field in sorted(every(message, 'field'), key=lambda f: int(one(f, 'number'))):
        kind, label = type_of(field, package, maps)
        words = [f'{name}.{one(field, "name")}', one(field, 'number'), kind, label, *options(field)]
        if index := one(field, 'oneof_index'):
            words.append(f'oneof={one(oneofs[int(index)], "name")}')
        yield ' '.join(words)
    for line in reserved(message, 1):
        yield f'{name} {line}'
    for enum in every(message, 'enum_type'):
        yield from list_enum(enum, name + '.')
    for inner in nested:
        if inner not in maps.values():
            yield from list_message(inner, name + '.', package)


def list_service(service, package):
    name = one(service, 'name')
    yield ' '.join([f'service {name}', *options(service)])
    for method in by_name(every(service, 'method')):
        words = [f'{name}.{one(method, "name")}']
        words += ['stream'] * len(every(method, 'client_streaming'))
        words += [short(one(method, 'input_type'), package), '->']
        words += ['stream'] * len(every(method, 'server_streaming'))
        words += [short(one(method, 'output_type'), package), *options(method)]
        yield ' '.join(words)


def by_name(nodes):
    return sorted(nodes, key=lambda n: one(n, 'name'))


def listing(proto):
    """The wire surface of one .proto file, in an order that does not depend on the file's."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, 'api.proto')
        text = proto.read_text()  # debug_redact is younger than our protoc, and nothing on the wire
        copy.write_text(re.sub(r'\s*\[\s*debug_redact\s*=\s*true\s*\]', '', text))
        descriptor_set = pathlib.Path(folder, 'set')
        run_protoc('-I', folder, f'--descriptor_set_out={descriptor_set}', copy)
        with descriptor_set.open('rb') as stdin:
            decoded = run_protoc('--decode=google.protobuf.FileDescriptorSet', '-I',
                                 include_folder(), DESCRIPTOR, stdin=stdin).decode()
    file = one(parse(iter(decoded.splitlines())), 'file')
    package = one(file, 'package')
    lines = [f'syntax {one(file, "syntax", "proto2")}', f'package {package}']
    lines += [f'import {name}' for name in sorted(every(file, 'dependency'))] + options(file)
    for service in by_name(every(file, 'service')):
        lines += list_service(service, package)
    for enum in by_name(every(file, 'enum_type')):
        lines += list_enum(enum, '')
    for message in by_name(every(file, 'message_type')):
        lines += list_message(message, '', package)
    return lines


def include_folder():
    beside = pathlib.Path(PROTOC).resolve().parent.parent / 'include'
    return beside if (beside / DESCRIPTOR).exists() else '/usr/include'


def main(args):
    if len(args) == 2 and args[0] == '--listing':
        print('\n'.join(listing(pathlib.Path(args[1]))))
        return 0
    if len(args) != 1:
        print(__doc__)
        return 1
    golden, ours = GOLDEN.read_text().splitlines(), listing(pathlib.Path(args[0], PROTO))
    difference = difflib.unified_diff(golden, ours, GOLDEN.name, PROTO, n=0, lineterm='')
    difference = [line for line in difference if not line.startswith('@@')]
    for line in difference:
        print(line)
    return int(bool(difference))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
