"""Code that numba has no words for: calls by address, casts, columns apart, and turned columns.

Imported on first use only, for it imports numba.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from bellwether.features._operation import Kernel, as_bits, as_number, put, take

_COLUMN = types.CPointer(types.float64)
_KERNEL = types.void(types.CPointer(_COLUMN), _COLUMN, types.int64, types.int64)
_DOUBLE, _SINGLE, _INDEX = ir.DoubleType(), ir.FloatType(), ir.IntType(32)


def compile_kernel(kernel: Kernel) -> Any:
    """Return a kernel as a function of C, from numba's cache where that has it."""
    return cfunc(_KERNEL, cache=True, error_model="numpy")(kernel)


@intrinsic  # type: ignore[untyped-decorator]
def _take(typing: Any, column: Any, place: Any) -> Any:  # noqa: ARG001 - numba's own form
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        value = builder.load(builder.gep(args[0], [args[1]]))
        _tell_apart(builder.module, value, "taken", "put")
        return value

    return types.float64(column, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _put(typing: Any, column: Any, place: Any, value: Any) -> Any:  # noqa: ARG001
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        line = builder.store(args[2], builder.gep(args[0], [args[1]]))
        _tell_apart(builder.module, line, "put", "taken")
        return context.get_dummy_value()

    return types.void(column, types.int64, types.float64), generate


def _tell_apart(module: Any, line: Any, own: str, other: str) -> None:
    """Tell the optimizer that what is taken is never what is put: it need not check."""
    domain = module.add_metadata(["columns"])
    for kind, scope in (("alias.scope", own), ("noalias", other)):
        line.set_metadata(kind, module.add_metadata([module.add_metadata([scope, domain])]))


@overload(take)
def _of_take(column, place):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda column, place: _take(column, place)  # noqa: PLW0108 - numba wants a function of Python


@overload(put)
def _of_put(column, place, value):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda column, place, value: _put(column, place, value)  # noqa: PLW0108 - as above


@intrinsic  # type: ignore[untyped-decorator]
def _bits_of(typing: Any, number: Any) -> Any:  # noqa: ARG001 - numba's own form
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _number_of(typing: Any, bits: Any) -> Any:  # noqa: ARG001 - numba's own form
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), generate


@overload(as_bits)
def _as_bits(number):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda number: _bits_of(number)  # noqa: PLW0108 - numba wants a function of Python


@overload(as_number)
def _as_number(bits):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda bits: _number_of(bits)  # noqa: PLW0108 - numba wants a function of Python


@intrinsic  # type: ignore[untyped-decorator]
def call(typing: Any, address: Any, at: Any, numbers: Any, n: Any, width: Any) -> Any:  # noqa: ARG001 - numba's own form
    """Call the kernel at an address; `at` and `numbers` are addresses too."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(64)
        kernel = ir.FunctionType(ir.VoidType(), [pointer, pointer, number, number])
        places = [builder.inttoptr(one, pointer) for one in args[1:3]]
        builder.call(builder.inttoptr(args[0], kernel.as_pointer()), [*places, *args[3:]])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), generate


def _bringing(is_written: int) -> Any:
    """Return the code that brings the line of memory at an address near."""

    def bring(typing: Any, place: Any) -> Any:  # noqa: ARG001
        return types.void(types.int64), generate

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        hints = number(is_written), number(2), number(1)
        builder.call(function, [builder.inttoptr(args[0], pointer), *hints])
        return context.get_dummy_value()

    return intrinsic(bring)


bring_to_read, bring_to_write = _bringing(0), _bringing(1)


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing: Any, place: Any) -> Any:  # noqa: ARG001
    """Return the float64 at an address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.load(builder.inttoptr(args[0], _DOUBLE.as_pointer()), align=1)

    return types.float64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def send(typing: Any, place: Any, value: Any, is_single: Any) -> Any:  # noqa: ARG001
    """Write a number at an address, as float32 or as float64; of holes one and the same."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        place, value, is_single = args
        value = _with_one_hole(builder, value, _DOUBLE(float("nan")))
        wanted = builder.icmp_signed("!=", is_single, is_single.type(0))
        with builder.if_else(wanted) as (single, double):
            with single:
                short = builder.fptrunc(value, _SINGLE)
                builder.store(short, builder.inttoptr(place, _SINGLE.as_pointer()), align=1)
            with double:
                builder.store(value, builder.inttoptr(place, _DOUBLE.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.float64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def gather_eight(typing: Any, source: Any, pitch: Any, into: Any) -> Any:  # noqa: ARG001
    """Write eight float64 that lie some bytes apart one after another."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        source, pitch, into = args
        line = _vector(_DOUBLE, 8)(ir.Undefined)
        for j in range(8):
            place = builder.add(source, builder.mul(pitch, pitch.type(j)))
            value = builder.load(builder.inttoptr(place, _DOUBLE.as_pointer()), align=1)
            line = builder.insert_element(line, value, _INDEX(j))
        builder.store(line, builder.inttoptr(into, line.type.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 3), generate


def _scattering(kind: Any) -> Any:
    """Return the code that writes eight values of a column some bytes apart."""

    def scatter(typing: Any, source: Any, into: Any, pitch: Any) -> Any:  # noqa: ARG001
        return types.void(*[types.int64] * 3), generate

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        source, into, pitch = args
        line = _read_eight(builder, source)
        if kind is not _DOUBLE:
            line = builder.fptrunc(line, _vector(kind, 8))
        for j in range(8):
            place = builder.add(into, builder.mul(pitch, pitch.type(j)))
            value = builder.extract_element(line, _INDEX(j))
            builder.store(value, builder.inttoptr(place, kind.as_pointer()), align=1)
        return context.get_dummy_value()

    return intrinsic(scatter)


def _turning(n_columns: int, kind: Any) -> Any:
    """Return the code that writes eight values of some columns as eight lines of the result."""

    def turn(typing: Any, source: Any, places: Any, into: Any, pitch: Any) -> Any:  # noqa: ARG001
        return types.void(*[types.int64] * 4), generate

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        source, places, into, pitch = args
        lines = [_read_column(builder, source, places, j) for j in range(n_columns)]
        if kind is not _DOUBLE:
            lines = [builder.fptrunc(one, _vector(kind, 8)) for one in lines]
        for j, line in enumerate(_turn(builder, lines)):
            place = builder.add(into, builder.mul(pitch, pitch.type(j)))
            builder.store(line, builder.inttoptr(place, line.type.as_pointer()), align=1)
        return context.get_dummy_value()

    return intrinsic(turn)


def _read_column(builder: Any, source: Any, places: Any, j: int) -> Any:
    number = source.type
    at = builder.inttoptr(builder.add(places, number(8 * j)), number.as_pointer())
    return _read_eight(builder, builder.add(source, builder.mul(builder.load(at), number(8))))


def _read_eight(builder: Any, place: Any) -> Any:
    line = builder.load(builder.inttoptr(place, _vector(_DOUBLE, 8).as_pointer()), align=8)
    return _with_one_hole(builder, line, line.type([float("nan")] * 8))


def _with_one_hole(builder: Any, value: Any, hole: Any) -> Any:
    return builder.select(builder.fcmp_unordered("uno", value, value), hole, value)


def _turn(builder: Any, lines: list[Any]) -> list[Any]:
    """Turn n lines of eight into eight lines of n, n a power of two, riffle by riffle."""
    n_lines = len(lines)
    indices = _vector(_INDEX, 8)
    masks = [indices([start + k // 2 + 8 * (k % 2) for k in range(8)]) for start in (0, 4)]
    for _ in range(n_lines.bit_length() - 1):
        pairs = zip(lines[: n_lines // 2], lines[n_lines // 2 :], strict=True)
        lines = [builder.shuffle_vector(*pair, mask) for pair in pairs for mask in masks]
    if n_lines == 8:
        return lines
    part = _vector(_INDEX, n_lines)
    parts = [part(list(range(start, start + n_lines))) for start in range(0, 8, n_lines)]
    return [builder.shuffle_vector(one, one, mask) for one in lines for mask in parts]


def _vector(kind: Any, n: int) -> Any:
    return ir.VectorType(kind, n)


scatter_doubles, scatter_singles = _scattering(_DOUBLE), _scattering(_SINGLE)
turn_eight_doubles, turn_four_doubles = _turning(8, _DOUBLE), _turning(4, _DOUBLE)
turn_eight_singles, turn_four_singles = _turning(8, _SINGLE), _turning(4, _SINGLE)
