"""The name of a thread of this process's Java runtime enters; the thread goes on with an error, whatever it was doing.

The engine looks at its time limit between rows only. What goes on inside one expression (lists in lists, growing
texts) would fill the memory and bring the engine to a stand; Java's own tool interface can end it.
"""

from __future__ import annotations

import ctypes
from typing import Any

_POINTER = ctypes.c_void_p
_NUMBER = ctypes.c_int
_TOOLS_VERSION = 0x30010200
# The places of functions in the tables of the Java Native Interface and of the JVM Tool Interface.
_ATTACH, _GET_ENVIRONMENT = 7, 6
_FIND_CLASS, _PUSH_FRAME, _POP_FRAME, _NEW_OBJECT, _METHOD = 6, 19, 20, 30, 33
_ALL_THREADS, _STOP_THREAD, _THREAD_INFO, _FREE, _END_TOOLS, _ADD_CAPABILITIES = 3, 6, 8, 46, 126, 141
_MAY_SIGNAL_THREADS = 1 << 10
# An exception and no error: the engine catches it like any failure of a query and keeps its books in order.
_EXCEPTION = b"java/util/concurrent/CancellationException"


class _Info(ctypes.Structure):
    _fields_ = (
        ("name", _POINTER),
        ("priority", _NUMBER),
        ("daemon", ctypes.c_byte),
        ("group", _POINTER),
        ("loader", _POINTER),
    )


def _call(interface: Any, place: int, *arguments: Any, result: Any = _NUMBER) -> Any:
    """Call the function at a place of an interface's table; whole numbers are 32 bits, all else is a pointer."""
    table = ctypes.cast(interface, ctypes.POINTER(_POINTER))[0]
    kinds = [_NUMBER if isinstance(argument, int) else _POINTER for argument in arguments]
    function = ctypes.cast(table, ctypes.POINTER(_POINTER))[place]
    return ctypes.CFUNCTYPE(result, _POINTER, *kinds)(function)(interface, *arguments)


def end_work(name: str) -> bool:
    """Let the thread with this name go on with an exception; False when this process has no such thread."""
    import jpype
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path

    if not jpype.isJVMStarted():
        return False
    machines, count = (_POINTER * 1)(), _NUMBER()
    ctypes.CDLL(str(get_bundled_jre_lib_path())).JNI_GetCreatedJavaVMs(machines, 1, ctypes.byref(count))
    machine = _POINTER(machines[0])
    java, tools = _POINTER(), _POINTER()
    _call(machine, _ATTACH, ctypes.byref(java), None)
    if _call(machine, _GET_ENVIRONMENT, ctypes.byref(tools), _TOOLS_VERSION) != 0:
        return False
    _call(java, _PUSH_FRAME, 1000)
    try:
        _call(tools, _ADD_CAPABILITIES, (ctypes.c_uint32 * 4)(_MAY_SIGNAL_THREADS))
        thread = _find(tools, name)
        return thread is not None and _call(tools, _STOP_THREAD, thread, _exception(java)) == 0
    finally:
        _call(java, _POP_FRAME, None, result=_POINTER)
        _call(tools, _END_TOOLS)


def _find(tools: Any, name: str) -> Any | None:
    count, threads = _NUMBER(), ctypes.POINTER(_POINTER)()
    _call(tools, _ALL_THREADS, ctypes.byref(count), ctypes.byref(threads))
    found = None
    for at in range(count.value):
        info, thread = _Info(), _POINTER(threads[at])
        _call(tools, _THREAD_INFO, thread, ctypes.byref(info))
        if info.name and ctypes.string_at(info.name).decode() == name:
            found = thread
        _call(tools, _FREE, _POINTER(info.name))
    _call(tools, _FREE, ctypes.cast(threads, _POINTER))
    return found


def _exception(java: Any) -> Any:
    kind = _POINTER(_call(java, _FIND_CLASS, ctypes.c_char_p(_EXCEPTION), result=_POINTER))
    made = _call(java, _METHOD, kind, ctypes.c_char_p(b"<init>"), ctypes.c_char_p(b"()V"), result=_POINTER)
    return _POINTER(_call(java, _NEW_OBJECT, kind, _POINTER(made), None, result=_POINTER))
