using System.Security.Cryptography;

namespace Pawl.Ledger;

/// <summary>
/// The private key (ECDSA P-256) with which this host signs checkpoints and attestations. Whoever has it can make another ledger pass for
/// this one. Safe for use by many threads.
/// </summary>
public sealed class LedgerKey : IDisposable
{
    private const int NameCharacters = 128;

    private readonly ECDsa _key;
    private readonly Lock _lock = new();

    private LedgerKey(ECDsa key, string host)
    {
        _key = key;
        PublicKey = LedgerPublicKey.Of(key);
        Signer = new LedgerSigner(PublicKey.Id, NameOf(host), PublicKey.Pem);
    }

    /// <summary>The default file: <c>$XDG_DATA_HOME/pawl/ledger.pem</c>, else <c>~/.local/share/pawl/ledger.pem</c>.</summary>
    public static string DefaultPath
    {
        get
        {
            var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
            if (string.IsNullOrEmpty(data) || !Path.IsPathRooted(data))
                data = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
            return Path.Combine(data, "pawl", "ledger.pem");
        }
    }

    /// <summary>The public half.</summary>
    public LedgerPublicKey PublicKey { get; }

    /// <summary>How checkpoints name this key.</summary>
    public LedgerSigner Signer { get; }

    /// <summary>Loads the key of a file that must be there, or the default one, which is made on first use (PKCS #8 PEM, mode 0600).</summary>
    /// <param name="path">The file; null for <see cref="DefaultPath"/>.</param>
    /// <param name="host">The host's name, for signature lines. Default: this machine's.</param>
    /// <exception cref="BadInputException">The file is missing, open to others, or holds no private key on P-256.</exception>
    public static LedgerKey Load(string? path = null, string? host = null)
    {
        if (path is null && !File.Exists(DefaultPath)) KeyFile.Create(DefaultPath);
        path ??= DefaultPath;
        var pem = KeyFile.Read(path);
        KeyFile.ExpectPrivate(path);
        if (LedgerPublicKey.TryParse(pem, out _)) throw new BadInputException($"{path} holds a public key. Signing needs the private one.");
        var key = KeyFile.Parse(pem, path, "a private key");
        try
        {
            return new LedgerKey(key, host ?? Environment.MachineName);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Signs SHA-256 of some bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data, DSASignatureFormat format)
    {
        lock (_lock) return _key.SignData(data, HashAlgorithmName.SHA256, format);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    // C2SP signed-note: a name holds neither blanks nor '+'.
    private static string NameOf(string host)
    {
        var name = string.Concat(host.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_').Take(NameCharacters));
        return "pawl/" + (name.Length > 0 ? name : "host");
    }
}
