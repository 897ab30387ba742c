"""Write locks/deps.lock as two flat Maven modules: exact versions, nothing transitive.

Usage: poms.py      -> androidx-main/pom.xml, androidx-test/pom.xml
"""

from __future__ import annotations

import hashlib

from locations import MAVEN

POM = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by tools/poms.py from locks/deps.lock: do not edit. -->
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <parent>
    <groupId>dev.h3ae</groupId>
    <artifactId>h3ae-android</artifactId>
    <version>{version}</version>
  </parent>
  <artifactId>{name}</artifactId>
  <dependencies>
{dependencies}  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <executions>
          <execution>
            <id>aars</id>
            <phase>generate-resources</phase>
            <goals><goal>copy-dependencies</goal></goals>
            <configuration>
              <includeTypes>aar</includeTypes>
              <prependGroupId>true</prependGroupId>
              <outputDirectory>${{project.build.directory}}/aar-{key}</outputDirectory>
            </configuration>
          </execution>
        </executions>
      </plugin>
      <plugin>
        <groupId>org.codehaus.mojo</groupId>
        <artifactId>exec-maven-plugin</artifactId>
        <executions>
          <execution>
            <id>unpack</id>
            <phase>process-resources</phase>
            <goals><goal>exec</goal></goals>
            <configuration>
              <executable>python3</executable>
              <arguments>
                <argument>../tools/aar.py</argument>
                <argument>target/aar-{key}</argument>
                <argument>target/unpacked</argument>
                <argument>target/classes</argument>
              </arguments>
            </configuration>
          </execution>
        </executions>
      </plugin>
    </plugins>
  </build>
</project>
"""

DEPENDENCY = """    <dependency>
      <groupId>{group}</groupId><artifactId>{artifact}</artifactId>
      <version>{version}</version><type>{type}</type><scope>{scope}</scope>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
"""


def dependency(coordinates: str, kind: str) -> str:
    """Return one entry; AARs only feed `aar.py` and stand on nobody's class path."""
    group, artifact, version = coordinates.split(":")
    scope = "provided" if kind == "aar" else "compile"
    return DEPENDENCY.format(
        group=group, artifact=artifact, version=version, type=kind, scope=scope
    )


def main() -> None:
    """Write both modules."""
    rows = [line.split() for line in (MAVEN / "locks/deps.lock").read_text().splitlines()]
    for part in ("main", "test"):
        text = "".join(dependency(c, t) for s, c, t in rows if (s == "test") == (part == "test"))
        folder = MAVEN / f"androidx-{part}"
        folder.mkdir(exist_ok=True)
        # A folder of its own for every set of AARs, or those that left the lock would stay.
        key = hashlib.sha256(text.encode()).hexdigest()[:8]
        pom = POM.format(version="0.1.0", name=folder.name, dependencies=text, key=key)
        (folder / "pom.xml").write_text(pom)


if __name__ == "__main__":
    main()
