# Makes parameter files whose one value is what a command prints. Comes before run.sh, in the same shell, where such a
# file is named:
#
#     "/NODE":                                   "/NODE":
#       ros__parameters:                           ros__parameters:
#         "robot_description":           ──►         "robot_description": "\
#     on_stderr fail                                   <robot name=\"r\">\n\
#     - xacro                                          </robot>\n"
#     - $(find-pkg-share PACKAGE)/r.xacro
#
# podbay leaves out the comments when it puts this script into a pod.
# shellcheck shell=sh disable=SC2154,SC2034
set -efu
pb_newline='
'

# print_file FILE: sets pb_resolved to the path of the parameter file that FILE describes
print_file() {
  pb_copy=$(mktemp "${TMPDIR:-/tmp}/podbay-XXXXXX")
  pb_file=$1 pb_head='' pb_on_stderr=''
  set --
  while IFS= read -r pb_line; do
    resolve "$pb_line"
    case $pb_line in
      'on_stderr '*) pb_on_stderr=${pb_line#* } ;;
      '- '*) set -- "$@" "${pb_resolved#- }" ;;
      *) pb_head="$pb_head${pb_head:+$pb_newline}$pb_resolved" ;;
    esac
  done <"$pb_file"
  pb_what="'$*', which prints the value of a parameter,"
  collect "$@"
  {
    printf '%s ' "$pb_head"
    quote "$pb_copy.out"
  } >"$pb_copy"
  rm "$pb_copy.out" "$pb_copy.err"
  pb_resolved=$pb_copy
}

# collect WORD ...: writes what the command prints to $pb_copy.out, or ends
collect() {
  command -v "$1" >/dev/null ||
    fail "$pb_what cannot be run: the image has no $1; install it there, or start podbay with --allow-command"
  pb_code=0
  if [ "$pb_on_stderr" = capture ]; then
    "$@" </dev/null >"$pb_copy.out" 2>&1 || pb_code=$?
    [ "$pb_code" = 0 ] || cat "$pb_copy.out" >&2
    : >"$pb_copy.err"
  else
    "$@" </dev/null >"$pb_copy.out" 2>"$pb_copy.err" || pb_code=$?
    [ "$pb_code$pb_on_stderr" = 0ignore ] || cat "$pb_copy.err" >&2
  fi
  [ "$pb_code" = 0 ] || fail "$pb_what failed with exit code $pb_code"
  if [ "$pb_on_stderr" = fail ] && [ -s "$pb_copy.err" ]; then
    fail "$pb_what wrote to standard error, which 'ignore', 'warn' or 'capture' as second argument of the substitution allows"
  fi
}

# quote FILE: prints FILE's text as YAML in double quotes, which hold every character that XML may have
quote() {
  if [ "$(LC_ALL=C tr -cd '\000-\010\013\014\016-\037\177' <"$1" | wc -c)" -ne 0 ]; then
    fail "$pb_what prints control characters, which a parameter file cannot hold"
  fi
  if ! [ -s "$1" ]; then
    echo '""'
    return
  fi
  pb_last='\\n"'
  [ -z "$(tail -c 1 "$1")" ] || pb_last='"'
  printf '"\\\n'
  LC_ALL=C sed -e 's/[\\"]/\\&/g' -e "s/$(printf '\r')/\\\\r/g" -e "s/$(printf '\302\205')/\\\\N/g" \
    -e "s/$(printf '\342\200\250')/\\\\L/g" -e "s/$(printf '\342\200\251')/\\\\P/g" -e 's/^[[:blank:]]/\\&/' \
    -e '$!s/$/\\n\\/' -e "\$s/\$/$pb_last/" -e 's/^/      /' "$1"
  echo
}
