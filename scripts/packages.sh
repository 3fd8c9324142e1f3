# The Debian packages that smreconcile needs, sourced by the other scripts. It names them once; Package.swift says which
# target uses which library.

build_packages="libyaml-dev libssl-dev libsqlite3-dev libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev libmaxminddb-dev pkg-config"
test_packages="openssl git openssh-client openssh-server nginx libnginx-mod-rtmp ffmpeg curl procps jq python3 python3-venv zsh fish groff-base"
# Servers that the example scripts are run against, and what these scripts call.
example_packages="podman runc busybox-static libvirt-daemon libvirt-clients genisoimage"

# Installs those of the given packages that are missing, with sudo when not root.
install_packages() {
    missing=""
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    sudo=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "missing packages:$missing; install them as root" >&2
            return 1
        }
        sudo=sudo
    fi
    echo "installing$missing" >&2
    $sudo apt-get update -qq >&2
    # shellcheck disable=SC2086 # the names are words on purpose
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# The toolchain, or where to get it.
require_swift() {
    command -v swift >/dev/null || {
        echo "no 'swift' found: install a Swift 6.2 or newer toolchain for Debian 12 from swift.org" >&2
        return 1
    }
}
