// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "drivers/option_group.hpp"

#include <array>

// Every option of every command, and every command, once. Help, man page and completions are made
// from these tables.
namespace dmachine::cli {

namespace {

using Kind = Option::Kind;

constexpr Option boolean(std::string_view flag, std::string_view alias, std::string_view help,
                         std::string_view env = {}) {
  return Option{flag, env, {}, Kind::boolean, {}, help, false, alias};
}
constexpr Option text(std::string_view flag, std::string_view env, std::string_view default_value,
                      std::string_view help, std::string_view alias = {}) {
  return Option{flag, env, {}, Kind::text, default_value, help, false, alias};
}
constexpr Option list(std::string_view flag, std::string_view env, std::string_view help) {
  return Option{flag, env, {}, Kind::list, {}, help, false, {}};
}
constexpr Option integer(std::string_view flag, std::string_view alias,
                         std::string_view default_value, std::string_view help) {
  return Option{flag, {}, {}, Kind::integer, default_value, help, false, alias};
}

/// With what the value can be.
constexpr Option with_values(std::string_view values, Option option) {
  option.values = values;
  return option;
}

constexpr std::array general_options{
    boolean("debug", "D", "print what is done, step by step, to stderr"),
    with_values("FOLDER",
                text("storage-path", "MACHINE_STORAGE_PATH", "",
                     "folder of the machine store; without it $HOME/.docker/machine", "s")),
    boolean("native-ssh", "", "use the built-in SSH client for ssh, not the system's",
            "MACHINE_NATIVE_SSH"),
    boolean("version", "v", "print the version"),
};
constexpr std::array certificate_options{
    with_values("FILE", text("tls-ca-cert", "MACHINE_TLS_CA_CERT", "",
                             "CA that new machines trust; without it certs/ca.pem of the store")),
    with_values("FILE", text("tls-ca-key", "MACHINE_TLS_CA_KEY", "",
                             "private key of that CA; without it certs/ca-key.pem")),
    with_values("FILE", text("tls-client-cert", "MACHINE_TLS_CLIENT_CERT", "",
                             "client certificate for new machines; without it certs/cert.pem")),
    with_values("FILE", text("tls-client-key", "MACHINE_TLS_CLIENT_KEY", "",
                             "private key of the client certificate; without it certs/key.pem")),
};
constexpr std::array idle_options{
    text("github-api-token", "MACHINE_GITHUB_API_TOKEN", "", "not used"),
    text("bugsnag-api-token", "MACHINE_BUGSNAG_API_TOKEN", "", "nothing is ever reported"),
};
constexpr auto global_table =
    join_groups(general_options, in_group("Certificates of new machines", certificate_options),
                in_group("Accepted for compatibility", idle_options));

constexpr std::array create_general_options{
    with_values("DRIVER",
                text("driver", "MACHINE_DRIVER", "virtualbox",
                     "where to create the machine; the default is Docker Machine's", "d")),
    boolean("no-owner-tags", "",
            "put no labels or tags of the owner (machine, store, create) on what is made"),
};
constexpr std::array plan_options{
    boolean("plan", "",
            "only say what would be made, and what stands in its way; exit code 3 then"),
};
constexpr std::array engine_options{
    with_values("none",
                text("engine-install-url", "MACHINE_DOCKER_INSTALL_URL", "https://get.docker.com",
                     "script that installs Docker where it is missing; none: never install")),
    text("engine-version", "MACHINE_DOCKER_VERSION", "",
         "version of Docker to install where it is missing, as 27.5.1, 27.5 or 27"),
    with_values("FILE",
                list("engine-install-file", "",
                     "local file that installs Docker where it is missing: an install script, "
                     "packages, or Docker's archive of static programs")),
    list("engine-opt", "", "option for the Docker daemon, as name=value without dashes"),
    list("engine-insecure-registry", "", "registry to be used without verified TLS"),
    list("engine-registry-mirror", "ENGINE_REGISTRY_MIRROR", "mirror of Docker Hub"),
    list("engine-label", "", "label of the engine, as name=value"),
    text("engine-storage-driver", "", "", "storage driver of the engine"),
    list("engine-env", "", "environment variable of the engine, as NAME=value"),
    list("tls-san", "", "additional name or IP address for the engine's certificate"),
};
constexpr std::array swarm_options{
    boolean("swarm", "", "join a legacy swarm"),
    text("swarm-image", "MACHINE_SWARM_IMAGE", "swarm:latest", "image of the legacy swarm"),
    boolean("swarm-master", "", "make the machine a legacy swarm's master"),
    text("swarm-discovery", "", "", "discovery service of the legacy swarm, as scheme://…"),
    with_values("spread|binpack|random",
                text("swarm-strategy", "", "spread", "scheduling strategy of the legacy swarm")),
    list("swarm-opt", "", "option for the legacy swarm's master"),
    list("swarm-join-opt", "", "option for the legacy swarm's agent"),
    text("swarm-host", "", "tcp://0.0.0.0:3376", "where the legacy swarm's master listens"),
    text("swarm-addr", "", "", "address to advertise to the legacy swarm"),
    boolean("swarm-experimental", "", "experimental features of the legacy swarm"),
};
constexpr auto create_table =
    join_groups(create_general_options, plan_options, in_group("Docker Engine", engine_options),
                in_group("Legacy swarm", swarm_options));

constexpr std::array doctor_general_options{
    with_values("FILE", text("runner", "", "",
                             "check each [runners.machine] of this config.toml of gitlab-runner")),
    boolean("json", "", "print the findings as JSON"),
};
constexpr auto doctor_table =
    join_groups(doctor_general_options, create_general_options,
                in_group("Docker Engine", engine_options), in_group("Legacy swarm", swarm_options));

constexpr std::array active_table{
    integer("timeout", "t", "10", "seconds to wait for each machine")};
constexpr std::array config_table{
    boolean("swarm", "", "settings for the legacy swarm, not the engine")};
constexpr std::array env_table{
    boolean("swarm", "", "settings for the legacy swarm, not the engine"),
    with_values(
        "sh|fish|powershell|cmd|tcsh|emacs",
        text("shell", "", "", "sh, fish, powershell, cmd, tcsh or emacs; from $SHELL otherwise")),
    boolean("unset", "u", "print what unsets the variables"),
    boolean("no-proxy", "", "add the machine's address to NO_PROXY"),
};
constexpr std::array gc_table{
    boolean("yes", "y", "delete what is found; without it gc only shows it"),
    text("older-than", "", "1h", "leave alone what is younger: 90s, 15m, 2h, 1d; 0 for nothing"),
    boolean("all-stores", "", "also what other stores made, even if they are using it"),
    list("store-id", "", "what the store of this id made (its label dmachine-store), not this one"),
    boolean("json", "", "print the findings as JSON"),
    boolean("adopt", "",
            "give orphaned instances their place in the store again, if their key is "
            "still at hand; delete nothing"),
    with_values("FILE", text("adopt-key", "", "", "private key of the instance to adopt")),
    with_values("DRIVER", text("driver", "", "",
                               "look only at the account that this driver's options name", "d")),
};
constexpr std::array inspect_table{
    text("format", "", "", "Go template for the output, or json", "f")};
constexpr std::array ls_table{
    boolean("quiet", "q", "names only, without asking anybody for states"),
    with_values("FILTER",
                list("filter", "", "show what matches: driver=, state=, name=, swarm=, label=")),
    integer("timeout", "t", "10", "seconds for the whole listing"),
    text("format", "", "", "Go template for each row, or json", "f"),
};
constexpr std::array mount_table{
    boolean("unmount", "u", "take the mount away again"),
};
constexpr std::array regenerate_certs_table{
    boolean("force", "f", "ask nothing"),
    boolean("client-certs", "", "also make the CA and the client certificate where needed"),
};
constexpr std::array scp_table{
    boolean("recursive", "r", "copy folders with all in them"),
    boolean("delta", "d", "send only what differs, by rsync"),
    boolean("quiet", "q", "show no progress"),
};
constexpr std::array update_labels_table{
    list("label", "", "label to set, as key=value"),
};
constexpr std::array rm_table{
    boolean("force", "f", "forget the machine even when the cloud refuses; asks nothing"),
    boolean("y", "", "ask nothing"),
};

constexpr std::array stats_table{
    boolean("json", "", "print the numbers as JSON"),
    with_values("FILE", text("prometheus", "", "",
                             "write the numbers to this file, for node_exporter's textfile "
                             "collector")),
};

constexpr std::array command_table{
    Command{"active", "", "Print which machine is active",
            "The active machine is the one that $DOCKER_HOST points to.", active_table, run_active},
    Command{"config", "[name]", "Print the connection settings of a machine, for the docker client",
            "Checks first that the engine answers. Use: docker $(docker-machine config NAME) ps",
            config_table, run_config},
    Command{
        "create", "[name]", "Create a machine",
        "Give --driver and the driver's own options; 'create --driver google --help' lists them.",
        create_table, run_create, Parsing::with_driver, SignalPolicy::stop_then_exit},
    Command{"doctor", "[name]", "Say what would stand in the way of a create",
            "Looks at the store, and with --driver and its options at credentials, permissions, "
            "quota, image, size, network and names, or does so for each [runners.machine] of a "
            "gitlab-runner. Creates nothing. The exit code is 1 when a create would fail.",
            doctor_table, run_doctor, Parsing::with_driver},
    Command{"env", "[name]", "Print the commands that set up the environment for the docker client",
            "Use: eval $(docker-machine env NAME)", env_table, run_env},
    Command{
        "gc", "[name...]", "Find and delete what no machine accounts for any more",
        "Looks through every cloud account that the store has used, or the one that --driver and "
        "its options name. The exit code is 4 when something was found and --yes not given.",
        gc_table, run_gc, Parsing::with_driver},
    Command{"inspect", "[name]", "Print what the store knows about a machine, as JSON", "",
            inspect_table, run_inspect},
    Command{"ip", "[name...]", "Print the IP address of machines", "", {}, run_ip},
    Command{"kill", "[name...]", "Stop machines at once, without a shutdown", "", {}, run_kill},
    Command{"ls", "", "List machines", "", ls_table, run_ls},
    Command{"provision",
            "[name...]",
            "Make existing machines Docker hosts again",
            "",
            {},
            run_provision},
    Command{"regenerate-certs", "[name...]", "Make new TLS certificates for machines",
            "The engine is restarted for them. Running containers stop unless it keeps them alive.",
            regenerate_certs_table, run_regenerate_certs},
    Command{"restart", "[name...]", "Restart machines", "", {}, run_restart},
    Command{"rm", "name...", "Remove machines, in the cloud and in the store", "", rm_table, run_rm,
            Parsing::by_table, SignalPolicy::run_to_end},
    Command{"ssh",
            "[name] [arg...]",
            "Log in to a machine, or run a command on it by SSH",
            "",
            {},
            run_ssh,
            Parsing::own},
    Command{"scp", "[[user@]machine:]path [[user@]machine:]path",
            "Copy files between here and machines, or between machines", "", scp_table, run_scp},
    Command{"mount", "[user@]machine:path [folder]", "Mount a folder of a machine here, by sshfs",
            "Without a machine it is the one called default; without a folder, the same path here.",
            mount_table, run_mount},
    Command{"start", "[name...]", "Start machines", "", {}, run_start},
    Command{"stats", "", "Print how many creates and removals there were, and how long they took",
            "From the last records of the store: a line for each command and driver, then for each "
            "phase.",
            stats_table, run_stats},
    Command{"status", "[name]", "Print the state of a machine", "", {}, run_status},
    Command{"stop",
            "[name...]",
            "Stop machines",
            "",
            {},
            run_stop,
            Parsing::by_table,
            SignalPolicy::ignore_quit},
    Command{"update-labels", "[name]", "Add labels to a machine's instance, or change them",
            "For the driver google. Labels that are not named stay as they are.",
            update_labels_table, run_update_labels},
    Command{"upgrade",
            "[name...]",
            "Bring machines' Docker to its newest version",
            "",
            {},
            run_upgrade},
    Command{"url", "[name]", "Print the URL of a machine's engine", "", {}, run_url},
    Command{"version",
            "[name]",
            "Print the version of this program, or of a machine's engine",
            "",
            {},
            run_version},
    Command{"help", "[command]", "Print help", "", {}, run_help},
};

}  // namespace

std::span<const Command> commands() {
  return command_table;
}

const Command* find_command(std::string_view name) {
  for (const Command& command : command_table) {
    if (command.name == name) {
      return &command;
    }
  }
  return nullptr;
}

std::span<const Option> global_options() {
  return global_table;
}
std::span<const Option> create_options() {
  return create_table;
}

}  // namespace dmachine::cli
