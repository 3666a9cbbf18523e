"""Rules on the source that linters do not know: what kernels are, and where pandas may be."""

import ast
from pathlib import Path

import pytest

TOOLKIT = Path(__file__).resolve().parents[2] / "toolkit" / "spreadlab"
FRAMES = {"pandas", "narwhals", "polars"}
# `math` and the typing helpers compile to nothing or to the machine's own functions.
KERNELS_MAY_IMPORT = {"__future__", "math", "numba", "numpy", "typing"}


def is_kernel_module(dotted):
    return any(part.startswith("kernels") for part in dotted.split("."))


def modules():
    for path in sorted(TOOLKIT.rglob("*.py")):
        dotted = ".".join(path.relative_to(TOOLKIT).with_suffix("").parts)
        if not dotted.startswith("rpc.v1"):
            yield dotted, ast.parse(path.read_text("utf-8"), filename=str(path))


MODULES = dict(modules())
KERNELS = [dotted for dotted in MODULES if is_kernel_module(dotted)]


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        return [node.module]
    return []


def compiled_functions(tree):
    """Yield each function under an njit decorator, with the keywords of the decorator."""
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", []):
            call = decorator if isinstance(decorator, ast.Call) else None
            name = ast.unparse(call.func if call else decorator).rpartition(".")[2]
            if name in {"njit", "jit", "vectorize", "guvectorize"}:
                keywords = call.keywords if call else []
                yield node, name, {k.arg: ast.unparse(k.value) for k in keywords}


def wrong_imports(tree):
    names = [name for node in ast.walk(tree) for name in imported(node)]
    return [
        name
        for name in names
        if name.partition(".")[0] not in KERNELS_MAY_IMPORT
        and not (name.startswith("spreadlab.") and is_kernel_module(name))
    ]


def frame_imports_outside(tree, allowed):
    """Return the frame libraries that are imported outside functions of the allowed names."""
    found = []

    def visit(node, inside):
        inside = inside or (isinstance(node, ast.FunctionDef) and node.name in allowed)
        if not inside:
            found.extend(n for n in imported(node) if n.partition(".")[0] in FRAMES)
        for child in ast.iter_child_nodes(node):
            if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
                visit(child, inside)

    visit(tree, inside=False)
    return found


def test_there_are_kernels():
    assert KERNELS


@pytest.mark.parametrize("dotted", KERNELS)
def test_kernels_import_numpy_and_numba_alone(dotted):
    assert wrong_imports(MODULES[dotted]) == []


@pytest.mark.parametrize("dotted", KERNELS)
def test_kernels_release_the_lock_and_are_cached_and_named(dotted):
    for function, decorator, keywords in compiled_functions(MODULES[dotted]):
        assert decorator == "njit", function.name
        assert function.name.endswith("_nb"), function.name
        assert keywords.get("nogil") == "True", function.name
        assert keywords.get("cache") == "True", function.name
        assert "parallel" not in keywords, function.name  # threads belong to engines
        relaxed = ast.literal_eval(keywords.get("fastmath", "()"))
        # Sums may be reordered where a kernel says so; NaN and infinity keep their meaning.
        assert set(relaxed) <= {"contract", "nsz", "reassoc"}, function.name


@pytest.mark.parametrize("dotted", [d for d in MODULES if d not in KERNELS])
def test_compiled_functions_live_in_kernel_modules(dotted):
    assert [f.name for f, _, _ in compiled_functions(MODULES[dotted])] == []


@pytest.mark.parametrize("dotted", [d for d in MODULES if not d.startswith("data")])
def test_frames_are_made_in_data_and_in_methods_that_return_one(dotted):
    assert frame_imports_outside(MODULES[dotted], {"boundaries", "to_frame", "to_polars"}) == []


def test_the_rules_see_what_breaks_them():
    bad = ast.parse(
        "import scipy.stats\nfrom spreadlab.ou.estimate import f\n"
        "@njit(parallel=True)\ndef walk(x):\n    import pandas\n"
        "def to_frame():\n    import pandas\n"
    )
    assert wrong_imports(bad) == ["scipy.stats", "spreadlab.ou.estimate", "pandas", "pandas"]
    [(function, _, keywords)] = compiled_functions(bad)
    assert (function.name, keywords) == ("walk", {"parallel": "True"})
    assert frame_imports_outside(bad, {"to_frame"}) == ["pandas"]
