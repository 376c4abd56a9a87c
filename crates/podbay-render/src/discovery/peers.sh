# Waits until the names of other pods can be resolved. DDS resolves a name only once, at its start, and otherwise
# ignores it, or ends; but the pods of a launch start at the same time.
#
#     PODBAY_WAIT_FOR   names without which the process does not start
#     PODBAY_PEERS      names of peers: those that are resolved within a minute are added to ROS_STATIC_PEERS. A
#                       later one has this pod among its own peers, which is enough for both to discover each other.
#
# Precedes run.sh in the same shell, and leaves nothing of its own in the environment.
# shellcheck shell=sh
set -efu

pb_end=$(($(date +%s) + 60))

# known NAME: waits until NAME has an address
known() {
  until getent hosts "$1" >/dev/null; do
    [ "$(date +%s)" -lt "$pb_end" ] || return 1
    sleep 1
  done
}

for pb_name in ${PODBAY_WAIT_FOR:-}; do
  if ! known "$pb_name"; then
    echo "podbay: the name $pb_name has no address: check \`discovery\` in the profile and the cluster's DNS" >&2
    exit 127
  fi
done

pb_peers=${ROS_STATIC_PEERS:-}
for pb_name in ${PODBAY_PEERS:-}; do
  if known "$pb_name"; then
    pb_peers=${pb_peers:+$pb_peers;}$pb_name
  else
    echo "podbay: the peer $pb_name has no address yet; it will discover this pod itself" >&2
  fi
done

if [ -n "${PODBAY_PEERS:-}" ]; then
  case ${ROS_DISTRO:-}/${RMW_IMPLEMENTATION:-} in
    humble/rmw_cyclonedds_cpp)
      pb_list=''
      IFS=';'
      for pb_name in $pb_peers; do pb_list=$pb_list"<Peer address=\"$pb_name\"/>"; done
      unset IFS
      pb_list="<General><AllowMulticast>false</AllowMulticast></General><Discovery><ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>32</MaxAutoParticipantIndex><Peers><Peer address=\"localhost\"/>$pb_list</Peers></Discovery>"
      export CYCLONEDDS_URI="<CycloneDDS><Domain>$pb_list</Domain></CycloneDDS>${CYCLONEDDS_URI:+,$CYCLONEDDS_URI}"
      ;;
    humble/*)
      echo "podbay: on Humble, static peers require rmw_cyclonedds_cpp: set it in the profile's \`env\`, or use \`discovery: discoveryServer\`" >&2
      exit 127
      ;;
    *) export ROS_STATIC_PEERS="$pb_peers" ;;
  esac
fi
unset PODBAY_WAIT_FOR PODBAY_PEERS
