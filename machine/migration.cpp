// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/migration.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json_exact.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/host_options.hpp"
#include "machine/lock.hpp"
#include "machine/machine.hpp"
#include "machine/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

/// What version 0 kept beside the driver and later versions keep in HostOptions, by its old name.
constexpr std::array flat_keys{"StorePath",      "CaCertPath",    "PrivateKeyPath",
                               "ServerCertPath", "ServerKeyPath", "ClientKeyPath",
                               "ClientCertPath", "SwarmHost",     "SwarmDiscovery",
                               "SwarmMaster",    "HostOptions"};

/// Takes out `key` in whatever case it is written.
void erase_member(Json& object, std::string_view key) {
  std::vector<std::string> spellings;
  for (const auto& item : object.items()) {
    if (equal_ignoring_case(item.key(), key)) {
      spellings.push_back(item.key());
    }
  }
  for (const auto& spelling : spellings) {
    object.erase(spelling);
  }
}

void set_member(Json& object, const std::string& key, Json value) {
  erase_member(object, key);
  object[key] = std::move(value);
}

/// As Go writes a map: keys sorted by their bytes, at every level.
Json sorted(const Json& value) {
  Json result = value;
  if (value.is_object()) {
    std::vector<std::string> keys;
    for (const auto& item : value.items()) {
      keys.push_back(item.key());
    }
    std::sort(keys.begin(), keys.end());
    result = Json::object();
    for (const auto& key : keys) {
      result[key] = sorted(value[key]);
    }
  } else if (value.is_array()) {
    std::transform(value.begin(), value.end(), result.begin(), sorted);
  }
  return result;
}

/// STORE and STORE/machines/NAME, which the file tells only in versions 0 and 1.
struct Paths {
  std::string store;
  std::string folder;
};

/// The reference takes `.` where the file does not say, which no command that runs elsewhere can
/// use.
Paths paths_of(const Json& config, const MachinePlace& place) {
  const std::string told = JsonFields(config, "MetadataV0").text("StorePath");
  if (told.empty()) {
    return {place.store_path, place.folder};
  }
  fs::path folder = fs::path(told).lexically_normal();
  folder = folder.has_filename() ? folder : folder.parent_path();
  const fs::path store = folder.parent_path().parent_path();
  return {store.empty() ? "." : store.string(), folder.string()};
}

/// The engine gets Docker Machine's defaults of that time: there were no engine options yet.
Json to_version_1(const Json& version_0) {
  const JsonFields fields(version_0, "V0");
  Json auth = Json::object();
  for (const std::string key : {"CaCertPath", "PrivateKeyPath", "ServerCertPath", "ServerKeyPath",
                                "ClientKeyPath", "ClientCertPath"}) {
    auth[key] = fields.text(key);
  }
  Json options{
      {"EngineOptions", {{"TlsVerify", true}, {"InstallURL", "https://get.docker.com"}}},
      {"SwarmOptions",
       {{"Host", fields.text("SwarmHost")},
        {"Master", fields.boolean("SwarmMaster")},
        {"Discovery", fields.text("SwarmDiscovery")}}},
      {"AuthOptions", std::move(auth)},
  };
  Json version_1 = version_0;
  for (const char* key : flat_keys) {
    erase_member(version_1, key);
  }
  version_1["HostOptions"] = std::move(options);
  return version_1;
}

/// StorePath is the machine's folder, as version 3 has it for new machines and gitlab-runner wants
/// it; the reference puts STORE there.
Json to_version_2(const Json& version_1, const Paths& paths) {
  Json version_2 = version_1;
  const Json& old_options = object_or_null(version_1, "HostOptions", "V1", "host.OptionsV1");
  const Json& old_auth =
      object_or_null(old_options, "AuthOptions", "V1.HostOptions", "host.AuthOptionsV1");
  if (old_auth.is_null()) {
    return version_2;
  }
  const JsonFields fields(old_auth, "V1.HostOptions.AuthOptions");
  Json auth = old_auth;
  set_member(auth, "CertDir", (fs::path(paths.store) / "certs").lexically_normal().string());
  set_member(auth, "CaPrivateKeyPath", fields.text("PrivateKeyPath"));
  set_member(auth, "StorePath", paths.folder);
  erase_member(auth, "PrivateKeyPath");
  Json options = old_options;
  set_member(options, "AuthOptions", std::move(auth));
  set_member(version_2, "HostOptions", std::move(options));
  return version_2;
}

/// Since version 3 the driver knows its store.
Json to_version_3(const Json& version_2, const Paths& paths) {
  const Json& stored_driver =
      object_or_null(version_2, "Driver", "RawHost", "map[string]interface {}");
  Json driver = stored_driver;
  if (!driver.is_null()) {
    set_member(driver, "StorePath", paths.store);
  }

  Json version_3 = Json::object();
  version_3["ConfigVersion"] = current_config_version;
  version_3["Driver"] = sorted(driver);
  version_3["DriverName"] = JsonFields(version_2, "V2").text("DriverName");
  const Json& options = object_or_null(version_2, "HostOptions", "V2", "host.Options");
  version_3["HostOptions"] = to_json(parse_host_options(options), options, Loaded::yes);
  return version_3;
}

}  // namespace

Json migrate(const Json& config, const MachinePlace& place) {
  return with_context("Error getting migrated host", [&] {
    const Paths paths = paths_of(config, place);
    const auto version = config_version(config);
    Json newer = config;
    with_context(fmt::format("Error unmarshalling host config version {}", version), [&] {
      if (version <= 0) {
        newer = to_version_1(newer);
      }
      if (version <= 1) {
        newer = to_version_2(newer, paths);
      }
      erase_member(newer, "StorePath");
      Json version_3 = to_version_3(newer, paths);
      version_3["Name"] = place.name;
      newer = keep_unknown(std::move(version_3), newer);
    });
    return newer;
  });
}

void save_migrated(const Store& store, const std::string& name, const std::string& original,
                   const Json& migrated) {
  constexpr mode_t config_mode = 0600;
  const fs::path path = store.machine_folder(name) / "config.json";
  try {
    const auto lock = MachineLock::try_take(store, name);
    if (!lock || find_file(path) != original) {
      log::debug("machine {}: somebody else migrates its config.json", name);
      return;
    }
    with_context("Error attempting to save backup after migration",
                 [&] { write_file(path.string() + ".bak", original, config_mode); });
    with_context("Error saving config after migration was performed",
                 [&] { write_file(path, to_go_json(migrated), config_mode); });
  } catch (const Error& error) {
    log::error(error.what());
  }
}

}  // namespace dmachine::machine
