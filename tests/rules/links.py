"""The documentation's relative links lead somewhere, anchors included."""

import re
from urllib.parse import unquote

import tree
from tree import Finding

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def prose(text):
    """Without code, in which brackets are not links."""
    return re.sub(r"`[^`\n]*`", lambda match: " " * len(match.group()), FENCE.sub(blank, text))


def anchors(text):
    """The anchors that a forge makes of the headings."""
    found = set()
    for heading in HEADING.findall(FENCE.sub(blank, text)):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 1
        while slug in found:
            slug, number = f"{slug.removesuffix(f'-{number - 1}')}-{number}", number + 1
        found.add(slug)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def problem(root, document, target):
    path, _, anchor = unquote(target).partition("#")
    file = (root / document).parent / path if path else root / document
    if not file.resolve().is_relative_to(root.resolve()):
        return f"{target} leads out of the repository"
    if not file.exists():
        return f"{target} does not exist"
    if anchor and file.suffix == ".md" and anchor not in anchors(tree.read(file)):
        return f"{target}: there is no such heading"
    return None


def check(root):
    for document in tree.files(root, suffixes={".md"}):
        text = prose(tree.read(root / document))
        for match in LINK.finditer(text):
            target = match.group(1) or match.group(2)
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            if found := problem(root, document, target):
                yield Finding(str(document), text.count("\n", 0, match.start()) + 1, found)


if __name__ == "__main__":
    tree.main(check, __doc__)
