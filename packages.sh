#!/bin/sh
# packages.sh - install the Debian packages that Vestibule needs, those that are missing only.
#
# usage: packages.sh build|mail|test...
#   build  what it is compiled from, and what it runs on
#   mail   the mail server of the demo and of the tests
#   test   what the tests need besides, with `mail`
# Made for Debian 12; asks for root's rights through sudo when it has none.
set -eu

build='autoconf automake gcc libc6-dev make pkg-config protobuf-c-compiler openssl curl
	libcjose-dev libcurl4-openssl-dev libgnutls28-dev libjansson-dev liblasso3-dev liblmdb-dev libmicrohttpd-dev
	liboath-dev libprotobuf-c-dev libqrencode-dev libseccomp-dev libssl-dev libxmlsec1-dev libyaml-dev zlib1g-dev'
mail=exim4-daemon-light
test="$mail "'apache2 ca-certificates chromium chromium-headless-shell clang faketime fonts-dejavu-core libapache2-mod-auth-openidc libcmocka-dev mandoc nodejs npm
	perl php-cli php-sqlite3 php-xml procps simplesamlphp universal-ctags'

has() {
	case $1 in
	# any node and npm will do, whoever packaged them
	nodejs | npm) command -v node >/dev/null && command -v npm >/dev/null && return 0 ;;
	# the larger one too
	exim4-daemon-light) has exim4-daemon-heavy && return 0 ;;
	esac
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for group; do
	case $group in
	build) list=$build ;;
	mail) list=$mail ;;
	test) list=$test ;;
	*) echo "packages.sh: no group \"$group\": it is build, mail or test" >&2; exit 2 ;;
	esac
	for package in $list; do
		has "$package" || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || { echo "packages.sh: this is no Debian: install these in its own way:$missing" >&2; exit 1; }
root=
[ "$(id -u)" = 0 ] || root=sudo
[ -z "$root" ] || command -v sudo >/dev/null || { echo "packages.sh: run as root, or install sudo; missing:$missing" >&2; exit 1; }
echo "installing:$missing"
# a package's daemon is not ours to start: the tests start their own, on ports of their own
$root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q update
# nothing that is there gives way, least of all another mail server
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -y --no-remove --no-install-recommends install $missing
