// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>

// Archives made member by member; nothing is checked, so that hostile ones can be made too.
namespace berth::test {

struct TarOptions {
  unsigned mode = 0644;
  unsigned uid = 0;
  unsigned gid = 0;
  int64_t mtime = 1577836800;  // 2020-01-01
  unsigned device_major = 0;
  unsigned device_minor = 0;
  std::map<std::string, std::string> pax = {};  // records before the member
};

class TarBuilder {
 public:
  TarBuilder& File(const std::string& name, const std::string& data = "",
                   const TarOptions& more = {}) {
    return Member(name, '0', data, "", more);
  }
  TarBuilder& Directory(const std::string& name, TarOptions more = {.mode = 0755}) {
    return Member(name, '5', "", "", more);
  }
  TarBuilder& Symlink(const std::string& name, const std::string& target,
                      const TarOptions& more = {}) {
    return Member(name, '2', "", target, more);
  }
  TarBuilder& HardLink(const std::string& name, const std::string& target) {
    return Member(name, '1', "", target, {});
  }
  TarBuilder& Fifo(const std::string& name, const TarOptions& more = {}) {
    return Member(name, '6', "", "", more);
  }
  TarBuilder& Device(const std::string& name, char type, unsigned major, unsigned minor,
                     TarOptions more = {}) {
    more.device_major = major;
    more.device_minor = minor;
    return Member(name, type, "", "", more);
  }
  TarBuilder& Whiteout(const std::string& name) {
    size_t slash = name.rfind('/');
    size_t base = slash == std::string::npos ? 0 : slash + 1;
    return File(name.substr(0, base) + ".wh." + name.substr(base));
  }
  TarBuilder& Opaque(const std::string& directory) { return File(directory + "/.wh..wh..opq"); }

  // A sparse file as `tar --sparse --format=pax` writes it: pieces are offset and data, in order.
  TarBuilder& Sparse(const std::string& name, uint64_t size,
                     const std::map<uint64_t, std::string>& pieces) {
    std::string table = std::to_string(pieces.size() + 1) + "\n";
    std::string data;
    for (const auto& [offset, piece] : pieces) {
      table += std::to_string(offset) + "\n" + std::to_string(piece.size()) + "\n";
      data += piece;
    }
    table += std::to_string(size) + "\n0\n";
    table.resize((table.size() + 511) / 512 * 512, '\0');
    TarOptions more;
    more.pax = {{"GNU.sparse.major", "1"},
                {"GNU.sparse.minor", "0"},
                {"GNU.sparse.name", name},
                {"GNU.sparse.realsize", std::to_string(size)}};
    return Member("GNUSparseFile.0/" + name, '0', table + data, "", more);
  }

  TarBuilder& Member(const std::string& name, char type, const std::string& data,
                     const std::string& target, TarOptions more) {
    if (name.size() > 100) {
      more.pax["path"] = name;
    }
    if (target.size() > 100) {
      more.pax["linkpath"] = target;
    }
    if (!more.pax.empty()) {
      std::string records;
      for (const auto& [key, value] : more.pax) {
        records += Record(key, value);
      }
      Header("pax", 'x', records.size(), "", {});
      Data(records);
    }
    Header(name.substr(0, 100), type, data.size(), target.substr(0, 100), more);
    Data(data);
    return *this;
  }

  TarBuilder& Raw(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }

  const std::string& bytes() const { return bytes_; }                      // so far
  std::string Finish() const { return bytes_ + std::string(1024, '\0'); }  // with the end marker

 private:
  static std::string Record(const std::string& key, const std::string& value) {
    size_t size = key.size() + value.size() + 3;
    size_t total = size + std::to_string(size).size();
    total = size + std::to_string(total).size();
    return std::to_string(total) + " " + key + "=" + value + "\n";
  }

  static void Number(char* field, int width, uint64_t value) {
    char text[32];
    snprintf(text, sizeof(text), "%0*llo", width - 1, static_cast<unsigned long long>(value));
    memcpy(field, text, static_cast<size_t>(width));
  }

  void Header(const std::string& name, char type, size_t size, const std::string& target,
              const TarOptions& more) {
    char block[512] = {};
    memcpy(block, name.data(), name.size());
    Number(block + 100, 8, more.mode);
    Number(block + 108, 8, more.uid);
    Number(block + 116, 8, more.gid);
    Number(block + 124, 12, size);
    Number(block + 136, 12, static_cast<uint64_t>(more.mtime));
    memset(block + 148, ' ', 8);
    block[156] = type;
    memcpy(block + 157, target.data(), target.size());
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    Number(block + 329, 8, more.device_major);
    Number(block + 337, 8, more.device_minor);
    unsigned sum = 0;
    for (char byte : block) {
      sum += static_cast<unsigned char>(byte);
    }
    snprintf(block + 148, 8, "%06o", sum);
    block[155] = ' ';
    bytes_.append(block, sizeof(block));
  }

  void Data(const std::string& data) {
    bytes_ += data;
    bytes_.resize((bytes_.size() + 511) / 512 * 512, '\0');
  }

  std::string bytes_;
};

}  // namespace berth::test
