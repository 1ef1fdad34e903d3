# libclang, with which bindgen reads mpi.h. Sourced.
# shellcheck shell=bash

# The directories that bindgen searches by itself (its clang-sys crate), then
# some that it does not, which need LIBCLANG_PATH.
libclang_default_dirs() {
    local prefix
    if prefix=$("${LLVM_CONFIG_PATH:-llvm-config}" --prefix 2>/dev/null); then
        printf '%s\n' "$prefix/lib" "$prefix/lib64"
    fi
    printf '%s\n' "${LD_LIBRARY_PATH:-}" "${LIBRARY_PATH:-}" | tr ':' '\n'
    if [ "$(uname)" = Darwin ]; then
        printf '%s\n' "$(xcode-select --print-path 2>/dev/null)/Toolchains/XcodeDefault.xctoolchain/usr/lib" \
            /Library/Developer/CommandLineTools/usr/lib /usr/local/opt/llvm*/lib
    else
        printf '%s\n' /usr/local/llvm*/lib* /usr/local/lib*/*/* /usr/local/lib*/* /usr/local/lib* \
            /usr/lib/llvm*/lib /usr/lib*/*-linux-gnu* /usr/lib64/llvm*/lib* /usr/lib64 /usr/lib
    fi
}

libclang_other_dirs() {
    printf '%s\n' /opt/homebrew/opt/llvm*/lib /opt/local/libexec/llvm*/lib /opt/llvm*/lib
    # A clang on PATH (a module) has its library beside it; pip's has none of its own.
    if have clang; then
        echo "$(dirname "$(command -v clang)")/../lib"
    fi
    if have python3; then
        python3 -c 'import clang, os; print(os.path.join(list(clang.__path__)[0], "native"))' 2>/dev/null || true
    fi
}

# Files in the directories on stdin, highest version first, as clang-sys prefers.
libclang_files() {
    local dir file
    while read -r dir; do
        [ -n "$dir" ] || continue
        for file in "$dir"/libclang.so "$dir"/libclang-*.so "$dir"/libclang.so.* "$dir"/libclang-*.so.* \
            "$dir"/libclang.dylib; do
            case $file in
            *-cpp.*) ;;
            *) [ ! -e "$file" ] || echo "$(basename "$file") $file" ;;
            esac
        done
    done | awk '{ v = $1; gsub(/^libclang[-.](so[.]?)?|[.]so.*$/, "", v); print (v + 0), $2 }' |
        sort -s -k1,1nr | cut -d' ' -f2-
}

# Build the program that asks a libclang to read C headers.
build_libclang_probe() {
    cat >"$work/clang.c" <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
    void *lib = dlopen(argv[1], RTLD_LAZY);
    if (!lib) return puts(dlerror()), 2;
    void *(*index)(int, int) = dlsym(lib, "clang_createIndex");
    void *(*parse)(void *, const char *, char **, int, void *, unsigned, unsigned) =
        dlsym(lib, "clang_parseTranslationUnit");
    unsigned (*bad)(void *) = dlsym(lib, "clang_getNumDiagnostics");
    if (!index || !parse || !bad) return 2;
    void *unit = parse(index(0, 0), argv[2], argv + 3, argc - 3, 0, 0, 0);
    return unit && bad(unit) == 0 ? 0 : 3;
}
C
    printf '#include <%s>\n' stddef.h stdint.h stdio.h stdlib.h >"$work/headers.h"
    cc -w "$work/clang.c" -o "$work/clang" -ldl 2>/dev/null
}

# libclang_reads FILE [ARGS...]
libclang_reads() {
    local file=$1
    shift
    "$work/clang" "$file" "$work/headers.h" "$@" >/dev/null 2>&1
}

check_libclang() {
    local file first='' seen='' builtin
    config_libclang='' config_clang_args=''
    if lacks cc || ! build_libclang_probe; then
        lack libclang "libclang: not tried without a C compiler"
        return
    fi
    if [ -n "${LIBCLANG_PATH:-}" ]; then
        if [ -d "$LIBCLANG_PATH" ]; then
            seen=$(echo "$LIBCLANG_PATH" | libclang_files)
        elif [ -f "$LIBCLANG_PATH" ]; then
            seen=$LIBCLANG_PATH
        fi
        first=$(echo "$seen" | head -n 1)
    else
        seen=$(libclang_default_dirs | libclang_files)
        first=$(echo "$seen" | head -n 1)
        # Only when bindgen's own choice does not do is anything else looked at.
        if [ -z "$first" ] || ! libclang_reads "$first"; then
            seen="$seen
$(libclang_other_dirs | libclang_files)"
        fi
    fi
    # First as it is; else with the compiler's own stddef.h, which a libclang
    # without clang's headers lacks.
    builtin=$(cc -print-file-name=include 2>/dev/null) || builtin=
    case $builtin in
    /*) builtin=-I$builtin ;;
    *) builtin='' ;;
    esac
    for config_clang_args in "" $builtin; do
        while read -r file; do
            [ -n "$file" ] && libclang_reads "$file" ${config_clang_args:+"$config_clang_args"} || continue
            [ "$file" = "$first" ] || config_libclang=$file
            return
        done <<<"$seen"
    done
    config_clang_args=
    if [ -n "$first" ]; then
        lack libclang "libclang: $first cannot read C headers (stddef.h)"
    else
        lack libclang "libclang: no such library found (rsmpi's bindings to MPI are made with it)"
    fi
}
