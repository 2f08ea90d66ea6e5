# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The libraries of the static release, each with nothing in it but what dmachine calls. Sourced by scripts/release, which
# sets: sources, the unpacked sources; work, a folder to build in; prefix, where to install; tools, the compiler's folder.

# cmake_library NAME [OPTION…]
cmake_library() {
  local name=$1
  shift
  cmake -S "$sources/$name" -B "$work/$name" -G Ninja \
    -DCMAKE_TOOLCHAIN_FILE="$root/cmake/static_toolchain.cmake" -DDMACHINE_STATIC_TOOLS="$tools" -DDMACHINE_STATIC_PREFIX="$prefix" \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@"
  cmake --build "$work/$name" --parallel "$jobs"
  cmake --install "$work/$name"
}

# TLS 1.2 and 1.3, and every kind of key that a user can bring: PKCS#8, PKCS#12 and PEM, also encrypted, which takes MD5
# and 3DES. The host's openssl.cnf is not read: it names modules that a static program cannot load.
build_openssl() {
  local target=$1
  mkdir -p "$work/openssl"
  (
    cd "$work/openssl"
    PATH=$tools:$PATH "$sources/openssl/Configure" "$target" CC=cc CXX=c++ AR=ar RANLIB=ranlib \
      --prefix=/ --libdir=lib --openssldir=/etc/ssl \
      -O2 -fPIE -ffunction-sections -fdata-sections \
      no-shared no-module no-dso no-engine no-legacy no-autoload-config no-apps no-tests no-docs no-comp \
      no-ssl3 no-tls1 no-tls1_1 no-dtls no-quic no-sctp no-srtp no-srp no-psk no-weak-ssl-ciphers \
      no-cms no-cmp no-ts no-ct no-afalgeng no-ui-console \
      no-aria no-bf no-camellia no-cast no-gost no-idea no-md4 no-mdc2 no-rc2 no-rc4 no-rmd160 no-seed no-siphash \
      no-slh-dsa no-sm2 no-sm3 no-sm4 no-whirlpool
    PATH=$tools:$PATH make -s -j"$jobs" build_libs
    PATH=$tools:$PATH make -s install_dev DESTDIR="$prefix"
    # --prefix would be found in the program again, as the place of modules.
    sed -i "s|^prefix=.*|prefix=$prefix|" "$prefix"/lib/pkgconfig/{libcrypto,libssl,openssl}.pc
  )
}

build_libssh2() {
  cmake_library libssh2 -DCRYPTO_BACKEND=OpenSSL -DENABLE_ZLIB_COMPRESSION=OFF -DBUILD_EXAMPLES=OFF -DBUILD_STATIC_LIBS=ON
}

# HTTP/1.1 and HTTPS, directly or through a proxy (HTTP, HTTPS, SOCKS). Names are looked up in a thread, so that a
# deadline also ends a look-up. Trust is always named by dmachine (cloud/trust.cpp).
build_curl() {
  cmake_library curl -DBUILD_CURL_EXE=OFF -DBUILD_STATIC_LIBS=ON -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF -DENABLE_CURL_MANUAL=OFF \
    -DHTTP_ONLY=ON -DCURL_USE_OPENSSL=ON -DENABLE_THREADED_RESOLVER=ON -DENABLE_IPV6=ON -DENABLE_UNIX_SOCKETS=OFF \
    -DCURL_USE_PKGCONFIG=OFF -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_LIBPSL=OFF \
    -DCURL_USE_LIBSSH2=OFF -DUSE_NGHTTP2=OFF -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DCURL_CA_EMBED= \
    -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON -DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_AWS=ON -DCURL_DISABLE_BEARER_AUTH=ON \
    -DCURL_DISABLE_COOKIES=ON -DCURL_DISABLE_DIGEST_AUTH=ON -DCURL_DISABLE_DOH=ON -DCURL_DISABLE_FORM_API=ON \
    -DCURL_DISABLE_GETOPTIONS=ON -DCURL_DISABLE_HSTS=ON -DCURL_DISABLE_IPFS=ON -DCURL_DISABLE_KERBEROS_AUTH=ON \
    -DCURL_DISABLE_LIBCURL_OPTION=ON -DCURL_DISABLE_MIME=ON -DCURL_DISABLE_NEGOTIATE_AUTH=ON -DCURL_DISABLE_NETRC=ON \
    -DCURL_DISABLE_PROGRESS_METER=ON -DCURL_DISABLE_WEBSOCKETS=ON
}

build_fmt() { cmake_library fmt -DFMT_DOC=OFF -DFMT_TEST=OFF; }
build_pugixml() { cmake_library pugixml; }
build_nlohmann_json() { cmake_library nlohmann_json -DJSON_BuildTests=OFF; }
build_tomlplusplus() { mkdir -p "$prefix/include" && cp -r "$sources/tomlplusplus/usr/include/toml++" "$prefix/include"; }
build_catch2() { cmake_library catch2 -DCATCH_INSTALL_DOCS=OFF; }

# build_library NAME [ARGUMENT…]: into its log; nothing when it is there already, from these sources and these recipes.
build_library() {
  local name=$1 stamp log code=0
  shift
  stamp=$({
    cat "$sources/$name.stamp" "$root"/scripts/static/{zig.txt,tools.sh} "$root/cmake/static_toolchain.cmake"
    declare -f "build_$name" cmake_library
    echo "$@"
  } | sha256sum)
  [ "$(cat "$work/$name.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  say "$arch: building $name"
  rm -rf "${work:?}/$name"
  mkdir -p "$work"
  log=$work/$name.log
  # A subshell of its own with -e, which bash switches off in what `||` judges.
  set +e
  (set -e; "build_$name" "$@") >"$log" 2>&1
  code=$?
  set -e
  if [ $code != 0 ]; then
    tail -n 40 "$log"
    say "$arch: $name does not build; all of it is in $log"
    return 1
  fi
  echo "$stamp" >"$work/$name.stamp"
}
