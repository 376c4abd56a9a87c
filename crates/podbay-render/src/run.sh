# Resolves references into ROS packages, then becomes the process itself, so that signals reach it.
#
#     sh -c SCRIPT podbay PROGRAM [ARGUMENT ...]
#
# The process starts in the folder PODBAY_CWD, if that is set.
#
# In every word, in the variables named by PODBAY_RESOLVE, and in every file whose name is a word that ends in
# .yaml.in, these are replaced by paths below the first prefix in AMENT_PREFIX_PATH that has them:
#
#     $(find-pkg-share PACKAGE)   $(find-pkg-prefix PACKAGE)   $(exec-in-pkg EXECUTABLE PACKAGE)
#
# For a file of podbay that ends in .yaml.run, a command is run first, see print.sh.
#
# The script's own variables begin with pb_, so that they do not override the environment of the process. Variables
# that a shell would change or drop are passed as words: env -- NAME=VALUE ... PROGRAM.
# podbay removes the comments when it adds this script to a pod.
# shellcheck shell=sh disable=SC2016
set -efu

fail() {
  printf 'podbay: %s\n' "$1" >&2
  exit 127
}

# locate TEST PATH: sets pb_prefix to the first one in which PATH passes TEST
locate() {
  [ -n "${AMENT_PREFIX_PATH:-}" ] ||
    fail "AMENT_PREFIX_PATH is not set, so $2 cannot be found: source ROS's setup file in the image's entrypoint (with --cluster embedded: before podbay starts), or set \`command\` in the profile"
  IFS=:
  for pb_prefix in $AMENT_PREFIX_PATH; do
    if test "$1" "$pb_prefix/$2"; then
      unset IFS
      return
    fi
  done
  unset IFS
  pb_where="in $AMENT_PREFIX_PATH: build the package into the image, or set another image in the profile (with --cluster embedded: source its workspace before podbay starts)"
  case $2 in
    share/*) fail "package $pb_package not found $pb_where" ;;
  esac
  locate -d "share/$pb_package"
  fail "package $pb_package has no executable $pb_program $pb_where"
}

# one REFERENCE: sets pb_found to its path
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
    [0-9]* | *[!A-Za-z0-9_]*) fail "PODBAY_RESOLVE names $pb_name, which is not a valid shell variable" ;;
  esac
  eval "pb_value=\${$pb_name-}"
  resolve "$pb_value"
  export "$pb_name=$pb_resolved"
done
if [ -n "${PODBAY_CWD:-}" ]; then
  cd "$PODBAY_CWD" || fail "cannot change to the working directory $PODBAY_CWD: the image must contain it"
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
