# SPDX-License-Identifier: Apache-2.0
"""Judges a run of critest against the list of specs known to fail, which may only shrink."""

import dataclasses, json, pathlib


@dataclasses.dataclass
class Results:
    """Names of specs, by how they ended; failures with their message."""

    passed: set
    failed: dict
    skipped: set

    def add(self, more, suffix):
        """What passed and failed of another run, under names of their own."""
        self.passed |= {name + suffix for name in more.passed}
        self.failed |= {name + suffix: message for name, message in more.failed.items()}

    def counts(self):
        return f"{len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


def full_name(spec):
    return " ".join([*(spec["ContainerHierarchyTexts"] or []), spec["LeafNodeText"]])


def read_results(json_report):
    """The results in Ginkgo's JSON report; set-up that failed counts as a spec of its own."""
    results = Results(set(), {}, set())
    for suite in json.loads(pathlib.Path(json_report).read_text()):
        for spec in suite["SpecReports"] or []:
            add(results, spec)
    return results


def add(results, spec):
    state, is_spec = spec["State"], spec["LeafNodeType"] == "It"
    name = full_name(spec) if is_spec else f"[{spec['LeafNodeType']}]"
    if state in ("skipped", "pending"):
        results.skipped.add(name)
    elif state != "passed":
        results.failed[name] = f"{state}: {spec.get('Failure', {}).get('Message', '')}"
    elif is_spec:
        results.passed.add(name)


def read_skips(path):
    """name -> reason. A line is `full name of a spec # reason`, a comment, or empty."""
    skips = {}
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        name, _, reason = (part.strip() for part in line.partition(" #"))
        if not name or name.startswith("#"):
            continue
        if not reason:
            raise ValueError(f"{path}:{number}: a skip needs its reason: `name # reason`")
        if name in skips:
            raise ValueError(f"{path}:{number}: a second time {name}")
        skips[name] = reason
    return skips


def complaints(results, skips, whole_suite=True):
    """What is wrong, one string each; nothing when the run is good."""
    found = [
        f"FAILED  {name}\n    {indent(message)}"
        for name, message in sorted(results.failed.items())
        if name not in skips
    ]
    found += [
        f"PASSES, so take it off the list  {name}" for name in sorted(results.passed & set(skips))
    ]
    if whole_suite:
        known = results.passed | results.skipped | set(results.failed)
        found += [
            f"NO SUCH SPEC, so take it off the list  {name}" for name in sorted(set(skips) - known)
        ]
    return found


def indent(message, lines=6):
    return "\n    ".join(message.strip().splitlines()[:lines])
