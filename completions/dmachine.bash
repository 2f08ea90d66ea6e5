# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for bash. Commands, options and machine names are asked of the program itself, so that nothing is listed twice.

_dmachine() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} command='' driver='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -d | --driver) driver=${COMP_WORDS[i + 1]:-} ;;
      --driver=*) driver=${COMP_WORDS[i]#--driver=} ;;
      -s | --storage-path) ((i++)) ;;
      -*) ;;
      *) [[ -n $command ]] || command=${COMP_WORDS[i]} ;;
    esac
  done
  local candidates
  if [[ $current == -* ]]; then
    if [[ $command == create && -n $driver ]]; then
      candidates=$("$program" create --driver "$driver" --help 2>/dev/null)
    else
      candidates=$("$program" ${command:+help "$command"} 2>/dev/null)
    fi
    candidates=$(grep -o '^   --[a-z0-9-]*' <<<"$candidates")
  elif [[ -z $command ]]; then
    candidates=$("$program" help 2>/dev/null | sed -n '/^Commands:/,/^$/ s/^   \([a-z-]*\) .*/\1/p')
  elif [[ $command == help ]]; then
    candidates=$("$program" help 2>/dev/null | sed -n '/^Commands:/,/^$/ s/^   \([a-z-]*\) .*/\1/p')
  else
    candidates=$("$program" ls -q 2>/dev/null)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}

complete -F _dmachine dmachine docker-machine
