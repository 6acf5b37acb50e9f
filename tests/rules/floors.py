"""A floor includes only what is below it; the model sees only base and the vfio-user messages."""

import re

import tree
from tree import Finding

# Floors in one row are siblings: they do not include each other.
FLOORS = [
    ["base"],
    ["regs", "memory"],
    ["bus"],
    ["queue"],
    ["driver"],
    ["net"],
    ["confine"],
    ["app"],
]
HEIGHT = {name: height for height, row in enumerate(FLOORS) for name in row}

# What a device model may see of the library: base, and vfio-user's messages and their framing. It
# shares no code with the drivers.
MODEL_MAY_INCLUDE = re.compile(
    r"bulkhead/(?:base/.*|bus/vfio_user/(?:protocol|protocol_names|version|channel|socket|socket_io)\.hpp)"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(code):
    """(line, is quoted, target) for every include."""
    for match in INCLUDE.finditer(tree.without_comments(code)):
        line = code.count("\n", 0, match.start(1)) + 1
        yield line, match.group(1) == '"', match.group(2)


def library_problem(floor, target):
    """What is wrong with a file of this floor including `target`; None if nothing is."""
    parts = target.split("/")
    if parts[0] == "model":
        return None if floor == "app" else f"includes {target}: only app/ may use the model"
    if parts[0] != "bulkhead":
        return None
    other = parts[1]
    if other not in HEIGHT:
        return f"includes {target}: there is no floor '{other}'"
    if other == floor or HEIGHT[other] < HEIGHT[floor]:
        return None
    relation = "beside" if HEIGHT[other] == HEIGHT[floor] else "below"
    return f"includes {target}: {floor} lies {relation} {other}"


def model_problem(target):
    if target.startswith("bulkhead/") and not MODEL_MAY_INCLUDE.fullmatch(target):
        return f"includes {target}: the model sees only base and the vfio-user messages"
    return None


def check(root):
    for path in tree.cpp_files(root, ("src", "model")):
        in_model = path.parts[0] == "model"
        floor = None if in_model else path.parts[2] if len(path.parts) > 3 else ""
        if not in_model and floor not in HEIGHT:
            yield Finding(str(path), 1, f"'{floor}' is not a floor of src/bulkhead")
            continue
        for line, quoted, target in includes(tree.read(root / path)):
            if quoted and target.split("/")[0] not in ("bulkhead", "model"):
                problem = f"includes {target}: name it from the root, bulkhead/... or model/..."
            else:
                problem = model_problem(target) if in_model else library_problem(floor, target)
            if problem:
                yield Finding(str(path), line, problem)


if __name__ == "__main__":
    tree.main(check, __doc__)
