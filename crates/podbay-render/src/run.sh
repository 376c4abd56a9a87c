# Resolves what names a ROS package, then becomes the process itself, so that signals reach it.
#
#     sh -c SCRIPT podbay PROGRAM [ARGUMENT ...]
#
# The process starts in the folder PODBAY_CWD, if that is set.
#
# In every word, in the variables that PODBAY_RESOLVE names, and in the lines of every file given as a word that
# ends in .yaml.in, these are replaced by what the first prefix in AMENT_PREFIX_PATH has:
#
#     $(find-pkg-share PACKAGE)   $(find-pkg-prefix PACKAGE)   $(exec-in-pkg EXECUTABLE PACKAGE)
#
# A file of podbay's own that ends in .yaml.run needs a command to be run first, see print.sh.
#
# The script's own variables begin with pb_, so that they do not change one of the process's environment. Variables
# that a shell would change or lose come as words: env -- NAME=VALUE ... PROGRAM.
# podbay leaves out the comments when it puts this script into a pod.
# shellcheck shell=sh disable=SC2016
set -efu

fail() {
  printf 'podbay: %s\n' "$1" >&2
  exit 127
}

# locate TEST PATH: sets pb_prefix to the first one in which PATH passes TEST
locate() {
  [ -n "${AMENT_PREFIX_PATH:-}" ] ||
    fail "AMENT_PREFIX_PATH is not set, so $2 cannot be found: the image's entrypoint has to source ROS's setup file, or the profile has to give a command"
  IFS=:
  for pb_prefix in $AMENT_PREFIX_PATH; do
    if test "$1" "$pb_prefix/$2"; then
      unset IFS
      return
    fi
  done
  fail "$2 is in none of $AMENT_PREFIX_PATH: build the package into the image, or name another image in the profile"
}

# one REFERENCE: sets pb_found to what it stands for
one() {
  pb_kind=${1%% *} pb_package=${1##* }
  case $pb_kind in
    find-pkg-share) locate -d "share/$pb_package" && pb_found=$pb_prefix/share/$pb_package ;;
    find-pkg-prefix) locate -d "share/$pb_package" && pb_found=$pb_prefix ;;
    exec-in-pkg)
      pb_program=${1#* } pb_program=${pb_program%% *}
      locate -x "lib/$pb_package/$pb_program" && pb_found=$pb_prefix/lib/$pb_package/$pb_program
      ;;
  esac
}

# resolve TEXT: sets pb_resolved to TEXT with every reference replaced
resolve() {
  pb_resolved='' pb_rest=$1
  while :; do
    case $pb_rest in
      *'$(find-pkg-share '*')'* | *'$(find-pkg-prefix '*')'* | *'$(exec-in-pkg '*')'*) ;;
      *) break ;;
    esac
    pb_resolved=$pb_resolved${pb_rest%%'$('*} pb_rest=${pb_rest#*'$('}
    case $pb_rest in
      'find-pkg-share '* | 'find-pkg-prefix '* | 'exec-in-pkg '*)
        one "${pb_rest%%)*}"
        pb_resolved=$pb_resolved$pb_found pb_rest=${pb_rest#*)}
        ;;
      *) pb_resolved=$pb_resolved'$(' ;;
    esac
  done
  pb_resolved=$pb_resolved$pb_rest
}

# resolve_file FILE: sets pb_resolved to the path of a copy with every reference replaced
resolve_file() {
  pb_copy=$(mktemp "${TMPDIR:-/tmp}/podbay-XXXXXX")
  while IFS= read -r pb_line || [ -n "$pb_line" ]; do
    resolve "$pb_line"
    printf '%s\n' "$pb_resolved"
  done <"$1" >"$pb_copy"
  pb_resolved=$pb_copy
}

pb_value=''
for pb_name in ${PODBAY_RESOLVE:-}; do
  case $pb_name in
    [0-9]* | *[!A-Za-z0-9_]*) fail "PODBAY_RESOLVE names $pb_name, which is no variable of a shell" ;;
  esac
  eval "pb_value=\${$pb_name-}"
  resolve "$pb_value"
  export "$pb_name=$pb_resolved"
done
if [ -n "${PODBAY_CWD:-}" ]; then
  cd "$PODBAY_CWD" || fail "the working directory $PODBAY_CWD cannot be entered: the image has to have it"
fi
unset PODBAY_RESOLVE PODBAY_CWD

for pb_word do
  shift
  case $pb_word in
    *=*) resolve "$pb_word" ;;
    /etc/podbay/params*.yaml.run) print_file "$pb_word" ;;
    *.yaml.in) resolve_file "$pb_word" ;;
    *) resolve "$pb_word" ;;
  esac
  set -- "$@" "$pb_resolved"
done
exec "$@"
