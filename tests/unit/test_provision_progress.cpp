// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/progress.hpp"
#include "provision/redact.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

namespace {

struct Followed {
  std::set<std::string> told;
  Progress progress{"@@x", AnnouncesInstall::yes, {"API_TOKEN=hunter2"}, told};
};

}  // namespace

TEST_CASE("marks are read from pieces of any size") {
  for (const std::size_t size : {1U, 2U, 7U, 1000U}) {
    Followed followed;
    Progress& progress = followed.progress;
    const std::string text =
        "@@x phase certs\nsome log\n@@x changed /etc/docker/ca.pem\n@@x phase engine\n@@x "
        "restarted\n@@x end\n";
    for (std::size_t at = 0; at < text.size(); at += size) {
      progress.feed(std::string_view(text).substr(at, size));
    }
    CHECK(progress.begun());
    CHECK(progress.ended());
    CHECK(progress.changed());
    CHECK(progress.restarted());
    CHECK(followed.told == std::set<std::string>{"certs", "engine"});
  }
}

TEST_CASE("another's marks are log") {
  Followed followed;
  followed.progress.feed("@@y end\n@@xx end\nend\n @@x end\n");
  CHECK_FALSE(followed.progress.begun());
  CHECK_FALSE(followed.progress.ended());
}

TEST_CASE("a failure names the phase, the cause and the last lines") {
  Followed followed;
  Progress& progress = followed.progress;
  CHECK(progress.failure("exit status 1") == "exit status 1");
  progress.feed("@@x phase hostname\nnot shown\n@@x phase install\none\ntwo");
  CHECK(progress.failure("exit status 1") == "error installing docker: exit status 1:\none\ntwo");
  progress.feed(" more\n@@x fail exit status 100\n");
  CHECK(progress.failure("exit status 1") ==
        "error installing docker: exit status 100:\none\ntwo more");
  progress.feed("@@x phase engine\n@@x fail docker.service failed\n");
  CHECK(progress.failure("") ==
        "Unable to verify the Docker daemon is listening: docker.service failed");
}

TEST_CASE("only the last 4 KiB are kept, from the beginning of a line") {
  Followed followed;
  followed.progress.feed("@@x phase install\n");
  for (int i = 0; i < 5000; ++i) {
    followed.progress.feed("line " + std::to_string(i) + "\n");
  }
  const std::string failure = followed.progress.failure("x");
  CHECK(failure.size() < 4200);
  CHECK_THAT(failure, StartsWith("error installing docker: x:\nline 4") && EndsWith("line 4999"));
  followed.progress.feed(std::string(100000, 'a'));
  CHECK(followed.progress.failure("x").size() < 4200);
}

TEST_CASE("secrets do not reach an error") {
  Followed followed;
  followed.progress.feed(
      "@@x phase install\nproxy http://me:topsecret@proxy:3128/ token hunter2\n");
  CHECK_THAT(followed.progress.failure("x"),
             !ContainsSubstring("topsecret") && !ContainsSubstring("hunter2") &&
                 ContainsSubstring("http://me:[redacted]@proxy:3128/"));
}

TEST_CASE("URLs without a password stay as they are") {
  for (const std::string text : {"https://get.docker.com/", "http://h:80/a@b", "ssh://me@host",
                                 "tcp://0.0.0.0:2376", "a://"}) {
    CHECK(redact(text, {"PATH=/usr/bin", "KEY="}) == text);
  }
  CHECK(redact("a://u:p@h b://v:q@i", {}) == "a://u:[redacted]@h b://v:[redacted]@i");
}
