# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# Each shell looks for a file by the command's name, and the program has two.
set(DMACHINE_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
  "Where zsh completions go; Debian's packages use share/zsh/vendor-completions")

install(FILES completions/_dmachine DESTINATION ${DMACHINE_ZSH_COMPLETIONS})
foreach(name dmachine docker-machine)
  install(FILES completions/dmachine.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name})
  install(FILES completions/dmachine.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME ${name}.fish)
endforeach()
