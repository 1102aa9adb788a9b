using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Flags;

/// <summary>
/// GrowthBook's encryption of a payload: <c>base64(iv) + "." + base64(ciphertext)</c>, AES-128 in CBC mode with PKCS #7 padding, under a key
/// of 16 bytes in base64.
/// <para>
/// The format has no authentication: it hides the rules from those who lack the key, and does not show whether someone changed them on the
/// way. Who needs that relies on TLS, or on the ledger. For the same reason the reasons given here are not for a stranger who may send
/// texts at will: whether a padding was right would tell him the plain text.
/// </para>
/// </summary>
public static class PayloadEncryption
{
    private const int KeyBytes = 16;
    private const int BlockBytes = 16;

    // Refuses what is not UTF-8 instead of replacing it.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The encrypted text of <paramref name="utf8"/> with an initialization vector of 16 bytes from <paramref name="random"/>.</summary>
    /// <exception cref="BadInputException">The key is not 16 bytes in base64.</exception>
    public static string Encrypt(ReadOnlySpan<byte> utf8, string key, RandomNumberGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var iv = new byte[BlockBytes];
        random.GetBytes(iv);
        return Encrypt(utf8, key, iv);
    }

    /// <summary>
    /// The encrypted text of <paramref name="utf8"/> with a given initialization vector of 16 bytes, which must be unpredictable and not
    /// be used again under the same key.
    /// </summary>
    /// <exception cref="BadInputException">The key is not 16 bytes in base64.</exception>
    /// <exception cref="ArgumentException">The initialization vector has not 16 bytes.</exception>
    public static string Encrypt(ReadOnlySpan<byte> utf8, string key, ReadOnlySpan<byte> iv)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (iv.Length != BlockBytes) throw new ArgumentException($"An initialization vector has {BlockBytes} bytes, not {iv.Length}.", nameof(iv));
        if (KeyProblem(key, out var bytes) is { } problem) throw new BadInputException(problem);
        using var aes = Aes.Create();
        aes.Key = bytes;
        return $"{Convert.ToBase64String(iv)}.{Convert.ToBase64String(aes.EncryptCbc(utf8, iv))}";
    }

    /// <summary>Decrypts a text. Nothing that can be wrong with text or key throws.</summary>
    /// <param name="text">The encrypted text, at most <see cref="Limits.EncryptedCharacters"/> long.</param>
    /// <param name="key">The key: 16 bytes in base64.</param>
    /// <param name="utf8">The plain text, always well-formed UTF-8; null when the answer is false.</param>
    /// <param name="reason">When the answer is false, what was wrong and what to do, with neither key nor plain text in it.</param>
    /// <returns>
    /// False when text or key are malformed, or the key is another one. That last is seen only by its result not being padded UTF-8: a changed
    /// text may well decrypt to something else.
    /// </returns>
    public static bool TryDecrypt(string? text, string? key, [NotNullWhen(true)] out byte[]? utf8, [NotNullWhen(false)] out string? reason)
    {
        utf8 = null;
        reason = KeyProblem(key, out var keyBytes);
        if (reason is not null) return false;
        reason = TextProblem(text, out var iv, out var ciphertext);
        if (reason is not null) return false;
        try
        {
            using var aes = Aes.Create();
            aes.Key = keyBytes;
            var plain = aes.DecryptCbc(ciphertext, iv);
            _ = StrictUtf8.GetCharCount(plain);
            utf8 = plain;
            return true;
        }
        catch (Exception e) when (e is CryptographicException or DecoderFallbackException)
        {
            reason = "The text does not decrypt to UTF-8 under this key: it was encrypted under another key, or damaged.";
            return false;
        }
    }

    private static string? KeyProblem(string? key, out byte[] bytes)
    {
        const string Remedy = "copy the key of the SDK connection, 24 characters that end in ==.";
        if (!TryReadBase64(key, out bytes)) return $"The key is not base64; {Remedy}";
        return bytes.Length == KeyBytes ? null : string.Create(CultureInfo.InvariantCulture, $"The key has {bytes.Length} bytes, not {KeyBytes}; {Remedy}");
    }

    private static string? TextProblem(string? text, out byte[] iv, out byte[] ciphertext)
    {
        (iv, ciphertext) = ([], []);
        if (text is null) return "There is no encrypted text.";
        if (text.Length > Limits.EncryptedCharacters)
            return string.Create(CultureInfo.InvariantCulture, $"The encrypted text has {text.Length} characters; at most {Limits.EncryptedCharacters} are read.");
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return "The encrypted text has no dot between the initialization vector and the ciphertext.";
        if (!TryReadBase64(text[..dot], out iv) || iv.Length != BlockBytes)
            return "What stands before the dot of the encrypted text is not an initialization vector of 16 bytes in base64.";
        if (!TryReadBase64(text[(dot + 1)..], out ciphertext) || ciphertext.Length == 0 || ciphertext.Length % BlockBytes != 0)
            return "What stands after the dot of the encrypted text is not whole blocks of 16 bytes in base64; was it cut off?";
        return null;
    }

    private static bool TryReadBase64(string? text, out byte[] bytes)
    {
        bytes = [];
        if (!Base64.IsValid(text, out var length)) return false;
        bytes = new byte[length];
        return Convert.TryFromBase64String(text!, bytes, out var written) && written == length;
    }
}
