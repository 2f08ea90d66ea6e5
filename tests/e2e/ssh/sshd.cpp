// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/ssh/sshd.hpp"

#include "core/context.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dmachine::test {

namespace {

constexpr const char* sshd_program = "/usr/sbin/sshd";

std::string user_name() {
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : "root";
}

int free_port() {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

void keygen(const std::filesystem::path& file, std::vector<std::string> arguments) {
  std::vector<std::string> argv{"ssh-keygen", "-q", "-N", "", "-f", file.string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto result = run_child(Context().within(std::chrono::seconds(60)), {argv, ""});
  INFO(result.err);
  REQUIRE(result.status.ok());
}

bool answers(int port) {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::optional<std::string> why_no_sshd() {
  std::optional<std::string> why;
  if (access(sshd_program, X_OK) != 0) {
    why = fmt::format("there is no {} (Debian: openssh-server)", sshd_program);
  } else if (!find_program("ssh-keygen")) {
    why = "there is no ssh-keygen (Debian: openssh-client)";
  }
  if (why && find_env("DMACHINE_REQUIRE_ALL")) {
    FAIL(*why);
  }
  return why;
}

Sshd::Sshd(const Setup& setup) : setup_(setup), port_(free_port()) {
  signal(SIGPIPE, SIG_IGN);  // as main does
  if (geteuid() == 0) {
    mkdir("/run/sshd", 0755);  // sshd's own wish as root; harmless
  }
  write_file(folder_ / "authorized_keys", "", 0600);
  for (const auto& type : setup_.host_keys) {
    keygen(folder_ / ("host_" + type), {"-t", type});
  }
  write_config(setup_.host_keys);
  if (setup_.started) {
    start();
  }
}

Sshd::~Sshd() {
  stop();
}

void Sshd::write_config(const std::vector<std::string>& host_keys) const {
  std::string config = fmt::format(
      "ListenAddress 127.0.0.1\nPort {}\nPidFile none\nUsePAM no\nStrictModes no\n"
      "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
      "AuthorizedKeysFile {}\nLogLevel VERBOSE\nSetEnv HOME={}\n",  // none of the user's start-up
                                                                    // files
      port_, (folder_ / "authorized_keys").string(), folder_.path().string());
  for (const auto& type : host_keys) {
    config += fmt::format("HostKey {}\n", (folder_ / ("host_" + type)).string());
  }
  for (const auto& line : setup_.options) {
    config += line + "\n";
  }
  write_file(folder_ / "sshd_config", config, 0600);
}

void Sshd::start() {
  const auto config = (folder_ / "sshd_config").string();
  const Fd log_file(
      open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // also when the test is killed
    dup2(log_file.get(), STDOUT_FILENO);
    dup2(log_file.get(), STDERR_FILENO);
    execl(sshd_program, sshd_program, "-D", "-e", "-f", config.c_str(), nullptr);
    _exit(127);
  }
  const auto ctx = Context().within(std::chrono::seconds(20));
  while (!answers(port_)) {
    INFO(log());
    REQUIRE(waitpid(pid_, nullptr, WNOHANG) == 0);
    ctx.sleep(Duration(10));
  }
}

void Sshd::stop() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
}

void Sshd::change_host_keys(const std::vector<std::string>& types) {
  stop();
  for (const auto& type : types) {
    std::filesystem::remove(folder_ / ("host_" + type));
    keygen(folder_ / ("host_" + type), {"-t", type});
  }
  write_config(types);
  start();
}

void Sshd::authorize(const std::string& public_key_line) const {
  const auto file = folder_ / "authorized_keys";
  write_file(file, read_file(file) + public_key_line + "\n", 0600);
}

std::filesystem::path Sshd::user_key(const std::vector<std::string>& keygen_arguments) const {
  static int count = 0;
  const auto file = folder_ / fmt::format("user_{}", count++);
  keygen(file, keygen_arguments);
  authorize(read_file(file.string() + ".pub"));
  return file;
}

ssh::Endpoint Sshd::endpoint(const std::filesystem::path& key) const {
  return {"127.0.0.1", port_, user_name(), key};
}

std::string Sshd::log() const {
  return find_file(folder_ / "log").value_or("");
}

}  // namespace dmachine::test
