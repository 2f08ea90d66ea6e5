// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Stands in for another processor's program: runs PROGRAM by EMULATOR, qemu-user, under the name it
// was called by itself.
#include <unistd.h>

#include <cstdio>
#include <vector>

int main(int, char** argv) {
  std::vector<const char*> words{EMULATOR, "-0", argv[0], PROGRAM};
  for (char** word = argv + 1; *word != nullptr; ++word) {
    words.push_back(*word);
  }
  words.push_back(nullptr);
  execv(EMULATOR, const_cast<char**>(words.data()));
  std::perror(EMULATOR);
  return 126;
}
