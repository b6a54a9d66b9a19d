// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_syntax.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

std::string Text(const absl::StatusOr<berth::Json>& json) {
  return json.ok() ? FormatJson(*json) : std::string(json.status().message());
}

TEST(ParseMount, TakesDockersFields) {
  EXPECT_EQ(Text(ParseMount("type=bind,src=./a,dst=/b,readonly,bind-propagation=rslave", "/home")),
            R"({"BindOptions":{"Propagation":"rslave"},"ReadOnly":true,"Source":"/home/a",)"
            R"("Target":"/b","Type":"bind"})");
  EXPECT_EQ(Text(ParseMount("source=data,target=/d,volume-nocopy,volume-opt=type=tmpfs", "/")),
            R"({"Source":"data","Target":"/d","Type":"volume","VolumeOptions":)"
            R"({"DriverConfig":{"Options":{"type":"tmpfs"}},"NoCopy":true}})");
  EXPECT_EQ(Text(ParseMount("type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1777", "/")),
            R"({"Target":"/t","TmpfsOptions":{"Mode":1023,"SizeBytes":1048576},"Type":"tmpfs"})");
}

TEST(ParseMount, SaysHowDeepABindIs) {
  const auto options = [](const std::string& field) {
    return (*ParseMount("type=bind,src=/a,dst=/b,ro," + field, "/"))["BindOptions"];
  };
  EXPECT_EQ(options("bind-recursive=disabled"), (berth::Json{{"NonRecursive", true}}));
  EXPECT_EQ(options("bind-nonrecursive"), (berth::Json{{"NonRecursive", true}}));
  EXPECT_EQ(options("bind-recursive=writable"), (berth::Json{{"ReadOnlyNonRecursive", true}}));
  EXPECT_EQ(options("bind-recursive=readonly"), (berth::Json{{"ReadOnlyForceRecursive", true}}));
  EXPECT_TRUE(options("bind-recursive=enabled").is_null());
  EXPECT_EQ(Text(ParseMount("dst=/a,bind-recursive=x", "/")),
            "--mount dst=/a,bind-recursive=x: bind-recursive is enabled, disabled, writable or "
            "readonly");
  EXPECT_EQ(Text(ParseMount("dst=/a,bind-odd=x", "/")),
            "--mount dst=/a,bind-odd=x: unknown field bind-odd");
}

TEST(ParseMount, NamesWhatIsWrong) {
  EXPECT_EQ(Text(ParseMount("type=bind,src=/a", "/")),
            "--mount type=bind,src=/a: write "
            "type=bind|volume|tmpfs|image,src=SOURCE,dst=PATH[,readonly]");
  EXPECT_EQ(Text(ParseMount("dst=/a,odd=1", "/")), "--mount dst=/a,odd=1: unknown field odd");
  EXPECT_EQ(Text(ParseMount("dst=/a,ro=maybe", "/")),
            "--mount dst=/a,ro=maybe: ro is true or false");
  EXPECT_EQ(Text(ParseMount("dst=/a,tmpfs-mode=9", "/")),
            "--mount dst=/a,tmpfs-mode=9: tmpfs-mode is octal: 1777");
}

TEST(ParseGpus, AllSomeOrNamed) {
  EXPECT_EQ(Text(ParseGpus("all")), R"({"Capabilities":[["gpu"]],"Count":-1})");
  EXPECT_EQ(Text(ParseGpus("2")), R"({"Capabilities":[["gpu"]],"Count":2})");
  const char kNamed[] = R"({"Capabilities":[["gpu"]],"Count":0,"DeviceIDs":["0","1"]})";
  EXPECT_EQ(Text(ParseGpus("device=0,1")), kNamed);
  EXPECT_EQ(Text(ParseGpus("\"device=0,1\"")), kNamed);
  for (const char* wrong : {"", "some", "-2", "device=", "device=0,capabilities=utility"}) {
    EXPECT_EQ(Text(ParseGpus(wrong)),
              absl::StrCat("--gpus ", wrong, ": write all, a number, or device=ID[,ID]"));
  }
}

TEST(EngineSyntax, HasLimitsDevicesAndPolicies) {
  EXPECT_EQ(Text(ParseUlimit("nofile=1024:2048")), R"({"Hard":2048,"Name":"nofile","Soft":1024})");
  EXPECT_EQ(Text(ParseUlimit("core=-1")), R"({"Hard":-1,"Name":"core","Soft":-1})");
  EXPECT_EQ(Text(ParseUlimit("nofile")), "--ulimit nofile: write NAME=SOFT[:HARD]");
  EXPECT_EQ(Text(ParseRestart("on-failure:3")), R"({"MaximumRetryCount":3,"Name":"on-failure"})");
  EXPECT_EQ(Text(ParseRestart("on-failure:x")),
            "--restart on-failure:x: write no, always, unless-stopped or on-failure[:RETRIES]");
  EXPECT_EQ(FormatJson(ParseDevice("/dev/a:/dev/b:r")),
            R"({"CgroupPermissions":"r","PathInContainer":"/dev/b","PathOnHost":"/dev/a"})");
  EXPECT_EQ(FormatJson(ParseDevice("/dev/a:rw")),
            R"({"CgroupPermissions":"rw","PathInContainer":"","PathOnHost":"/dev/a"})");
  EXPECT_EQ(ParseNanoseconds("--t", "1m30s").value_or(0), 90'000'000'000);
  EXPECT_EQ(ParseNanoseconds("--t", "soon").status().message(),
            "--t soon: write a time such as 30s or 1m30s");
  EXPECT_EQ(Text(ParsePairs("--label", {"a=b=c", "d"})), R"({"a":"b=c","d":""})");
  EXPECT_EQ(Text(ParsePairs("--label", {"=c"})), "--label =c: write KEY=VALUE");
}

}  // namespace
}  // namespace berth::cli
