"""The list of what an image holds, CycloneDX JSON: runs in a build stage, and only what it writes gets into the image.

sbom.py ROLE DPKG_DIR VENV COPIED_TREE OUTPUT
  ROLE         which of the suite's images it is, e.g. superlink
  DPKG_DIR     /var/lib/dpkg of the image's last stage: every package of it is in the list
  VENV         the image's virtual environment: every distribution of it is in the list
  COPIED_TREE  files that go into the last stage out of packages which are installed here and not there

The same packages give the same bytes: there is no time in it, and its serial number is made from the components.
"""

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from platform import freedesktop_os_release
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

FORMAT = "${Package}\t${Version}\t${Architecture}\n"


def query(*arguments):
    """The lines that dpkg-query prints; a package or file that it does not know ends the build."""
    return subprocess.run(["dpkg-query", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()


def debian(line):
    """The component of one line in FORMAT."""
    name, version, architecture = line.split("\t")
    system = freedesktop_os_release()
    url = PackageURL("deb", system["ID"], name, version, {"arch": architecture, "distro": f"{system['ID']}-{system['VERSION_ID']}"})
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url))


def python(distribution):
    """The component of one installed Python distribution; its purl has the normalized name (PEP 503)."""
    name, version = distribution.metadata["Name"], distribution.version
    url = PackageURL("pypi", None, re.sub(r"[-_.]+", "-", name).lower(), version)
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url))


def copied_packages(tree):
    """Names of the packages here that own the files and links below `tree`."""
    files = [f"/{path.relative_to(tree)}" for path in Path(tree).rglob("*") if path.is_symlink() or path.is_file()]
    return sorted({line.split(": ")[0] for line in query("--search", *files)})


def main(role, dpkg_dir, venv, tree, output):
    lines = query("--admindir", dpkg_dir, "--show", "--showformat", FORMAT)
    lines += query("--show", "--showformat", FORMAT, *copied_packages(tree))
    site_packages = [str(path) for path in Path(venv).glob("lib/python3*/site-packages")]
    components = [debian(line) for line in lines] + [python(one) for one in distributions(path=site_packages)]
    bom = Bom(components=components)
    bom.metadata.component = Component(name=role, type=ComponentType.CONTAINER, bom_ref=role)
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join(sorted([role, *(str(one.purl) for one in components)])))
    document = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del document["metadata"]["timestamp"]
    Path(output).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


main(*sys.argv[1:])
