# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# Completion for fish 3.0 and later. The program itself says what could stand at the cursor (`dmachine __complete`).

function __dmachine_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    type -q $program; or set program dmachine
    set -e words[1]
    for line in ($program __complete $words "$current" 2>/dev/null)
        switch $line
            case :files :folders
                # The value alone is a path, but fish wants the whole word.
                set -l flag (string match -r -- '^-[^=]*=' $current)
                set -l value (string replace -r -- '^-[^=]*=' '' $current)
                if test $line = :folders
                    printf "$flag%s\n" (__fish_complete_directories "$value" '')
                else
                    printf "$flag%s\n" (__fish_complete_path "$value")
                end
            case '*'
                echo $line
        end
    end
end

complete -c dmachine -f -a '(__dmachine_complete)'
complete -c docker-machine -f -a '(__dmachine_complete)'
