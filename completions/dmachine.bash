# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for bash 4.0 and later. The program itself says what could stand at the cursor (`dmachine __complete`).

_dmachine() {
  # Readline cuts words at = and : too; the program wants them as the shell would pass them.
  local -a words=()
  local rest=${COMP_LINE:0:COMP_POINT} word blanks i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=${rest%%[![:space:]]*}
    rest=${rest#"$blanks"}
    word=${COMP_WORDS[i]}
    [[ $rest == "$word"* ]] || word=$rest # the cursor is inside the word
    rest=${rest#"$word"}
    if ((i > 0)) && [[ -z $blanks ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  for i in "${!words[@]}"; do # no evaluation: only the quotes go
    word=${words[i]//\\/}
    word=${word#[\"\']}
    words[i]=${word%[\"\']}
  done

  local program=${words[0]/#\~\//$HOME/} current=${words[${#words[@]} - 1]} files='' line
  type -P -- "$program" >/dev/null || program=dmachine # an alias
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) files=-f ;;
      :folders) files=-d ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("$program" __complete "${words[@]:1}" 2>/dev/null)

  # What readline takes for the word begins behind the last = or :.
  local breaks='' cut=''
  [[ $COMP_WORDBREAKS != *=* ]] || breaks+='='
  [[ $COMP_WORDBREAKS != *:* ]] || breaks+=':'
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    cut=${current%"${current##*[$breaks]}"}
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  fi
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]]; then
    compopt -o nospace 2>/dev/null
  fi
  if [[ -n $files ]]; then
    [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o filenames 2>/dev/null
    [[ $current != -*=* ]] || current=${current#*=}
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done < <(compgen "$files" -- "$current")
  fi
}

complete -F _dmachine dmachine docker-machine
