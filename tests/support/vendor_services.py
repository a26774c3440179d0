"""Services of vendors, played from what a driver's simulated silicon left in its folder."""
import http.server
import json
import ssl
import threading
import urllib.parse

CHIP_ID = slice(0x1a0, 0x1e0)
REPORTED_TCB = slice(0x180, 0x188)


def amd_pages(vendor):
    """What AMD's key server has for one chip."""
    report = (vendor / "report.bin").read_bytes()
    tcb = report[REPORTED_TCB]
    pem = {name: (vendor / f"{name}.pem").read_text() for name in ("vcek", "ask", "ark")}
    vcek = (f"/vcek/v1/Milan/{report[CHIP_ID].hex()}?blSPL={tcb[0]}&teeSPL={tcb[1]}"
            f"&snpSPL={tcb[6]}&ucodeSPL={tcb[7]}")
    return {vcek: (ssl.PEM_cert_to_DER_cert(pem["vcek"]), {}),
            "/vcek/v1/Milan/cert_chain": ((pem["ask"] + pem["ark"]).encode(), {}),
            "/vcek/v1/Milan/crl": ((vendor / "ark.crl").read_bytes(), {})}


def intel_pages(vendor, tee):
    """What Intel's certification service has for one platform."""
    def page(name, chain=None, header=None):
        issuers = {} if chain is None else {
            header: urllib.parse.quote((vendor / f"{chain}_issuer_chain.pem").read_text())}
        return (vendor / name).read_bytes(), issuers

    fmspc = json.loads((vendor / "tcb_info.json").read_text())["tcbInfo"]["fmspc"].lower()
    base = "certification/v4"
    return {
        f"/{tee}/{base}/tcb?fmspc={fmspc}&update=standard":
            page("tcb_info.json", "tcb_info", "TCB-Info-Issuer-Chain"),
        f"/{tee}/{base}/qe/identity?update=standard":
            page("qe_identity.json", "qe_identity", "SGX-Enclave-Identity-Issuer-Chain"),
        f"/sgx/{base}/rootcacrl": page("root_ca_crl.der"),
        f"/sgx/{base}/pckcrl?ca=platform&encoding=der":
            page("pck_crl.der", "pck_crl", "SGX-PCK-CRL-Issuer-Chain")}


# What the certificate of the simulated platform says of its TCB: CPUSVN, PCESVN, PCE-ID.
PCK_TCB = (bytes.fromhex("08080202040100050000000000000000"), (11).to_bytes(2, "little"), bytes(2))


def naming_its_pck(quote, encrypted_ppid=b"\xe7" * 384):
    """An SGX quote without its PCK certificates: by the PPID, under RSA-3072, of its platform."""
    certified = quote[436:]
    auth = 64 + 64 + 384 + 64  # signature, attestation key, QE report and its signature
    data = auth + 2 + int.from_bytes(certified[auth:auth + 2], "little")
    named = b"".join((encrypted_ppid, *PCK_TCB))
    signed_by = (certified[:data] + (3).to_bytes(2, "little") + len(named).to_bytes(4, "little")
                 + named)
    return quote[:432] + len(signed_by).to_bytes(4, "little") + signed_by


def pck_page(quote, encrypted_ppid=b"\xe7" * 384):
    """What Intel's certification service has for the platform of an SGX quote with its chain."""
    pem = quote[quote.index(b"-----BEGIN"):].rstrip(b"\0").decode()
    end = "-----END CERTIFICATE-----\n"
    leaf, *issuers = [each + end for each in pem.split(end) if each.strip()]
    cpu_svn, pce_svn, pce_id = (each.hex() for each in PCK_TCB)
    path = (f"/sgx/certification/v4/pckcert?encrypted_ppid={encrypted_ppid.hex()}&cpusvn={cpu_svn}"
            f"&pcesvn={pce_svn}&pceid={pce_id}&qeid={quote[28:44].hex()}")
    return {path: (leaf.encode(), {
        "SGX-PCK-Certificate-Issuer-Chain": urllib.parse.quote("".join(issuers))})}


class VendorService(http.server.ThreadingHTTPServer):
    """A service with these pages: path to body and headers. It remembers what it was asked."""

    def __init__(self, pages):
        super().__init__(("127.0.0.1", 0), Page)
        self.pages = pages
        self.asked = []
        self.status = 200
        self.address = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body, headers = self.server.pages.get(self.path, (b"", {}))
        status = self.server.status if body else 404
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if status == 200 else 0))
        self.end_headers()
        if status == 200:
            self.wfile.write(body)

    def log_message(self, *_):
        pass
