"""Shared ES modules become one module per widget: nothing lost, nothing that needs a network, small."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from audiokit_widgets import modules
from audiokit_widgets.modules import bundle

STATIC = Path(modules.__file__).parent / "static"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node on this machine: the modules are not run by themselves")


@pytest.fixture
def static(tmp_path, monkeypatch):
    """A folder of modules in place of the real one."""
    monkeypatch.setattr(modules, "_source", lambda name: (tmp_path / name).read_text())
    modules.bundle.cache_clear()
    yield tmp_path
    modules.bundle.cache_clear()


def write(folder, **sources):
    for name, text in sources.items():
        (folder / f"{name}.js").write_text(text)


def test_each_module_is_written_once_and_before_those_that_need_it(static):
    write(
        static,
        a='import { two } from "./b.js";\nimport { one } from "./c.js";\nexport default { sum: one + two };\n',
        b='import {\n\tone,\n} from "./c.js";\n\nexport const two = one + 1;\n',
        c="export const one = 1;\n",
    )
    assert bundle("a.js").split("\n") == [
        "const one = 1;",
        "const two = one + 1;",
        "export default { sum: one + two };",
        "",
    ]


def test_one_name_for_two_things_is_refused(static):
    write(static, a='import { x } from "./b.js";\nconst y = x;\n', b="const y = 1;\nexport const x = y;\n")
    with pytest.raises(ValueError, match=r"a\.js and b\.js both define y"):
        bundle("a.js")


def test_a_circle_is_refused(static):
    write(static, a='import { x } from "./b.js";\n', b='import { y } from "./a.js";\nexport const x = 1;\n')
    with pytest.raises(ValueError, match=r"a\.js -> b\.js -> a\.js"):
        bundle("a.js")


@pytest.mark.parametrize("line", ['import x from "./b.js";', 'import * as b from "./b.js";', 'import "./b.js";'])
def test_another_form_of_import_is_refused(static, line):
    write(static, a=line + "\n", b="export const x = 1;\n")
    with pytest.raises(ValueError, match="can be put together"):
        bundle("a.js")


def test_comments_and_types_go_and_text_stays(static):
    write(
        static,
        a="/**\n * @typedef {object} T\n */\n// a line\nconst t = /** @type {T} */ (f()); // late\n"
        'const url = "https://example.org/a"; const half = "a // b";\n\texport default {};\n',
    )
    text = bundle("a.js")
    assert text.startswith('const t = (f());\nconst url = "https://example.org/a";')
    assert text.endswith("export default {};\n")


ENTRIES = sorted(p.name for p in STATIC.glob("*.js"))


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_widget_is_at_most_25_kb_and_imports_nothing(entry):
    text = bundle(entry)
    assert len(text.encode()) <= 25_000
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert "export default" in text
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "https://" not in text


@pytest.mark.parametrize("source", sorted(STATIC.rglob("*.js")), ids=lambda p: p.name)
def test_the_sources_are_written_so_that_taking_comments_away_cannot_harm_them(source):
    text = source.read_text()
    for line in re.findall(r"^.*[\"'`].* // .*$", text, re.MULTILINE):
        before = line.split(" // ")[0]
        assert all(before.count(quote) % 2 == 0 for quote in "\"'`"), f"a string with // in it: {line}"
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert all(line.count("`") % 2 == 0 for line in code.split("\n")), (
        "a template over several lines would lose its indentation"
    )


@needs_node
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_is_a_module_that_loads(entry, tmp_path):
    path = tmp_path / "bundle.mjs"
    path.write_text(bundle(entry))
    loaded = f"import({str(path)!r}).then((m) => console.log(typeof m.default))"
    done = subprocess.run([NODE, "-e", loaded], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in {"object", "function"}


@needs_node
def test_the_modules_own_tests_pass():
    tests = sorted(str(p) for p in (Path(__file__).parent / "js").glob("*.test.mjs"))
    done = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    ran = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert ran, done.stdout[-2000:]
    assert int(ran[1]) >= len(tests)


def test_functions_that_nobody_calls_are_left_out_and_all_else_stays(static):
    write(
        static,
        a='import { used, shown } from "./b.js";\nexport const own = (x) => x;\nexport default { used, shown };\n',
        b="export const used = (x) => x;\nexport const unused = (x, y = 1) => x + y;\n"
        "const effect = [1].map((x) => x);\nexport const shown = {\n\tpicture: 1,\n};\n",
    )
    text = bundle("a.js")
    assert "unused" not in text
    for kept in ("const used =", "const effect =", "const shown =", "const own ="):
        assert kept in text


def test_no_comment_is_left(static):
    write(static, a='const x = /** @type {any} */ (1);\n/** What it is. @type {string} */ let y = "/* kept */";\n')
    assert bundle("a.js") == 'const x = (1);\nlet y = "/* kept */";\n'
