// SPDX-License-Identifier: Apache-2.0
import type { Action } from "./action.js";

/**
 * Mirrors for Maven and Gradle. The public catalogue's are Docker's own; ours is the one that a stage's environment names as
 * `MAVEN_MIRROR` (for Gradle plugins also `GRADLE_PLUGIN_MIRROR`), with `MAVEN_USER` and `MAVEN_PASSWORD` where it wants them:
 * these are read when it is asked, and stand in no file.
 */
export const JAVA_ACTIONS: Readonly<Record<string, Action>> = {
  "mvn/mirror@v1": { inputs: {}, plan: () => ({ kind: "run", script: withMirror(MAVEN_SETTINGS) }) },
  "gradle/mirror@v1": { inputs: {}, plan: () => ({ kind: "run", script: withMirror(GRADLE_INIT) }) },
};

function withMirror(script: string): string {
  return `if test -z "\${MAVEN_MIRROR:-}"; then
  echo 'MAVEN_MIRROR names no mirror in the environment of the stage: nothing is changed'
  exit 0
fi
plugins=\${GRADLE_PLUGIN_MIRROR:-$MAVEN_MIRROR}
case $MAVEN_MIRROR$plugins in
  *[\\<\\>\\&\\"\\'\\\\\\$[:space:]]*) echo 'MAVEN_MIRROR is not a URL' >&2; exit 1 ;;
esac
${script}`;
}

/** Source: Maven, "Settings Reference", mirrors and servers; `${env.…}` is replaced by Maven. */
const MAVEN_SETTINGS = `mkdir -p "$HOME/.m2"
cat > "$HOME/.m2/settings.xml" <<END
<settings>
  <mirrors>
    <mirror>
      <id>mirror</id>
      <mirrorOf>central</mirrorOf>
      <url>$MAVEN_MIRROR</url>
    </mirror>
  </mirrors>
  <servers>
    <server>
      <id>mirror</id>
      <username>\\\${env.MAVEN_USER}</username>
      <password>\\\${env.MAVEN_PASSWORD}</password>
    </server>
  </servers>
</settings>
END
`;

/**
 * Maven's central repository and Gradle's own for plugins, by the names that Gradle gives them; without a repository for plugins in
 * the settings Gradle would ask its own. Source: Gradle, "Initialization Scripts"; RepositoryHandler.
 */
const GRADLE_INIT = `mkdir -p "$HOME/.gradle/init.d"
cat > "$HOME/.gradle/init.d/mirror.gradle" <<END
def mirrors = ["MavenRepo": "$MAVEN_MIRROR", "Gradle Central Plugin Repository": "$plugins"]
def use = { repository, address ->
  repository.url = address
  if (System.getenv("MAVEN_USER") != null) repository.credentials {
    username = System.getenv("MAVEN_USER")
    password = System.getenv("MAVEN_PASSWORD")
  }
}
def replace = { repositories ->
  repositories.withType(MavenArtifactRepository).configureEach { repository ->
    def mirror = mirrors[repository.name]
    if (mirror != null) use(repository, mirror)
  }
}
beforeSettings { settings ->
  settings.pluginManagement.repositories.maven { repository -> use(repository, "$plugins") }
  replace(settings.pluginManagement.repositories)
  replace(settings.dependencyResolutionManagement.repositories)
}
allprojects {
  replace(buildscript.repositories)
  replace(repositories)
}
END
`;
