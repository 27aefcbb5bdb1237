// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { formatJavaKeystore, type TrustedCertificate } from "../formats/java-keystore.js";
import type { TopLayer } from "./top-layer.js";

const FOLDER = "etc/ssl/certs/java";
const STORE = `${FOLDER}/cacerts`;
/** The password of every Java installation's own trust store. Source: OpenJDK, keytool, "The cacerts Certificates File". */
const PASSWORD = "changeit";
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;

/**
 * Rule `java-trust-store`: where a package brings the folder of Java's trust store, all certificates of the bundle in it, under the names
 * that Debian's ca-certificates-java gives them. `certificates` are the files and their PEM texts.
 * Source: ca-certificates-java, UpdateCertificates.java; update-ca-certificates(8).
 */
export function putJavaTrustStore(
  top: TopLayer,
  certificates: readonly (readonly [path: string, text: string])[],
): void {
  if (certificates.length === 0 || top.tree.find(FOLDER)?.kind !== "directory" || top.tree.find(STORE) !== undefined)
    return;
  const trusted = certificates.map(([path, text]): TrustedCertificate => {
    const [, base64] = PEM.exec(text) ?? [];
    if (base64 === undefined)
      throw new BasaltError("PACKAGE_CONTENT", `${path} is not a certificate in the form of PEM`);
    return { alias: aliasOf(path), der: Buffer.from(base64, "base64") };
  });
  top.put({ kind: "file", path: STORE, mode: 0o644, content: formatJavaKeystore(trusted, PASSWORD) });
}

/** `debian:` and the name of the link that update-ca-certificates makes. */
function aliasOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.crt$/, "");
  return `debian:${name.replaceAll(/[ ,]/g, "_").replaceAll(/[()]/g, "=")}.pem`;
}
