// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/quota.hpp"
#include "tests/support/catch.hpp"

#include <utility>

using namespace dmachine;
using namespace dmachine::amazonec2;

namespace {

std::string code(const std::string& type, bool spot) {
  const auto quota = vcpu_quota(type, spot);
  return quota ? quota->code : "";
}

std::string failure(const std::string& body) {
  try {
    parse_quota(body);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::unavailable);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a type counts against the quota of its family's letters, in its market") {
  struct Row {
    std::string types;
    std::string on_demand;
    std::string spot;
  };
  const std::vector<Row> rows{
      {"a1.large c7i-flex.large d3en.xlarge h1.2xlarge i4i.large im4gn.large is4gen.large m5.large "
       "r8gd.large t2.micro t4g.nano z1d.large",
       "L-1216C47A", "L-34B43A08"},
      {"g4dn.xlarge gr6.4xlarge g6e.xlarge vt1.3xlarge", "L-DB2E81BA", "L-3819A6DF"},
      {"p3.2xlarge p4d.24xlarge p6-b200.48xlarge", "L-417A185B", "L-7212CCBC"},
      {"f1.2xlarge f2.6xlarge", "L-74FC7D96", "L-88CF9481"},
      {"x1e.xlarge x2gd.medium x8g.large", "L-7295265B", "L-E3A00192"},
      {"inf1.xlarge inf2.xlarge", "L-1945791B", "L-B5D1601B"},
      {"trn1.2xlarge trn1n.32xlarge", "L-2C3B7624", "L-6B0D517C"},
      {"dl1.24xlarge dl2q.24xlarge", "L-6E869C2A", "L-85EED4F7"},
      {"u-6tb1.metal u7i-12tb.224xlarge", "L-43DA4232", ""},
      {"hpc6a.48xlarge hpc7g.4xlarge", "L-F7808C92", ""},
      // Of hosts, or of nothing that is known.
      {"mac1.metal mac2-m2pro.metal cc2.8xlarge hs1.8xlarge T2.micro 9.large .", "", ""},
  };
  for (const auto& row : rows) {
    for (const auto& type : split(row.types, ' ')) {
      INFO(type);
      CHECK(code(type, false) == row.on_demand);
      CHECK(code(type, true) == row.spot);
    }
  }
  CHECK_FALSE(vcpu_quota("", false));
  CHECK(vcpu_quota("vt1.3xlarge", true)->name == "G and VT spot");
  CHECK(vcpu_quota("u-6tb1.metal", false)->name == "High Memory on-demand");
}

TEST_CASE("the value of a quota, and answers without one") {
  CHECK(parse_quota(R"({"Quota":{"QuotaCode":"L-1216C47A","Value":5.0,"Unit":"None"}})") == 5);
  CHECK(parse_quota(R"({"Quota":{"Value":0}})") == 0);
  CHECK(parse_quota(R"({"Quota":{"Value":1e10}})") == 10000000000);
  CHECK(parse_quota(R"({"Quota":{"Value":31.9}})") == 31);
  for (const auto* body :
       {"{}", "[]", "null", R"({"Quota":null})", R"({"Quota":[]})", R"({"Quota":{}})",
        R"({"Quota":{"Value":"5"}})", R"({"Quota":{"Value":null}})", R"({"Quota":{"Value":-1}})",
        R"({"Quota":{"Value":1e300}})", R"({"Quota":{"ErrorReason":"x"}})"}) {
    INFO(body);
    CHECK(failure(body) == "Service Quotas: the answer holds no value");
  }
  CHECK(failure(R"({"Quota":{"ErrorReason":{"ErrorCode":"DEPENDENCY_THROTTLING_ERROR"}}})") ==
        "Service Quotas: DEPENDENCY_THROTTLING_ERROR");
  CHECK(failure("<html>") ==
        "Service Quotas: invalid character '<' looking for beginning of value");
  CHECK(failure("") == "Service Quotas: unexpected end of JSON input");
}

TEST_CASE("errors of the JSON protocol") {
  const auto parsed = [](int status, const std::string& body) {
    return parse_api_error({status, {{"x-amzn-RequestId", "rid"}}, body});
  };
  const auto none = parsed(400, R"({"__type":"NoSuchResourceException","Message":"gone"})");
  CHECK(none.api_code() == "NoSuchResourceException");
  CHECK(none.code() == Errc::not_found);
  CHECK(std::string(none.what()) ==
        "NoSuchResourceException: gone\n\tstatus code: 400, request id: rid");
  const auto denied =
      parsed(400, R"( {"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"})");
  CHECK(denied.api_code() == "AccessDeniedException");
  CHECK(denied.message() == "no");
  CHECK(denied.code() == Errc::denied);
  const cloud::HttpReply throttled{400, {}, R"({"__type":"TooManyRequestsException"})"};
  CHECK(parse_api_error(throttled).code() == Errc::quota);
  CHECK(is_throttle(throttled));
  CHECK(is_transient(throttled));
  for (const auto* body : {"{", "{}", R"({"__type":5})", R"({"Message":[]})"}) {
    INFO(body);
    CHECK(parsed(500, body).api_code().empty());
    CHECK(parsed(500, body).code() == Errc::unavailable);
  }
}
