# Creates parameter files with a single value, which a command prints. Precedes run.sh in the same shell, if a word
# names such a file:
#
#     "/NODE":                                   "/NODE":
#       ros__parameters:                           ros__parameters:
#         "robot_description":           ──►         "robot_description": "\
#     on_stderr fail                                   <robot name=\"r\">\n\
#     - xacro                                          </robot>\n"
#     - $(find-pkg-share PACKAGE)/r.xacro
#
# podbay removes the comments when it adds this script to a pod.
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

# collect WORD ...: writes the output of the command to $pb_copy.out, or ends
collect() {
  command -v "$1" >/dev/null ||
    fail "$pb_what cannot run: the image has no $1; install it there, or start podbay with --allow-command"
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
    fail "$pb_what wrote to standard error; to allow that, add 'ignore', 'warn' or 'capture' to the substitution"
  fi
}

# quote FILE: prints FILE's text as YAML in double quotes, which can represent every character of XML
quote() {
  if [ "$(LC_ALL=C tr -cd '\000-\010\013\014\016-\037\177' <"$1" | wc -c)" -ne 0 ]; then
    fail "$pb_what prints control characters, which a parameter file cannot contain"
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
