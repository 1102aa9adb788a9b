using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Ledger;

public sealed class CheckpointTests : IDisposable
{
    private static readonly byte[] Root = SHA256.HashData("root"u8);

    private readonly TemporaryFolder _folder = new();
    private readonly LedgerKey _key;

    public CheckpointTests() => _key = LedgerScene.NewKey(_folder, "host");

    private Checkpoint Signed => Checkpoint.Sign("pawl.ledger/0123456789abcdef0123456789abcdef", 42, Root, _key);

    [Fact]
    public void ToString_ASignedCheckpoint_IsAC2spNote()
    {
        var lines = Signed.ToString().Split('\n');

        Assert.Equal(["pawl.ledger/0123456789abcdef0123456789abcdef", "42", Convert.ToBase64String(Root), ""], lines[..4]);
        Assert.StartsWith("— pawl/host ", lines[4], StringComparison.Ordinal);
        Assert.Equal("", lines[5]);
        var value = Convert.FromBase64String(lines[4].Split(' ')[2]);
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(_key.PublicKey.Pem);
        Assert.Equal(SHA256.HashData(ecdsa.ExportSubjectPublicKeyInfo())[..4], value[..4]);
        var text = Encoding.UTF8.GetBytes(string.Join('\n', lines[..3]) + "\n");
        Assert.True(ecdsa.VerifyData(text, value.AsSpan(4), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public void TryParse_WhatWasWritten_GivesTheSame()
    {
        Assert.True(Checkpoint.TryParse(Signed.ToString(), out var read));
        Assert.Equal(42, read.Size);
        Assert.True(read.IsSignedBy(_key.PublicKey));
        Assert.False(read.IsSignedBy(LedgerScene.NewKey(_folder, "other").PublicKey));
    }

    [Fact]
    [SuppressMessage("Globalization", "CA1307", Justification = "Ordinal by default.")]
    public void TryParse_AnyOtherSpelling_IsRefused()
    {
        var note = Signed.ToString();
        var line = note[note.IndexOf('—')..];
        string[] others =
        [
            "", "\n", note[..^1], note + "\n", note + "x", note.Replace("\n", "\r\n"), note.Replace("\n42\n", "\n042\n"), note.Replace("\n42\n", "\n+42\n"), note.Replace("\n42\n", "\n-1\n"),
            note.Replace("\n42\n", "\n99999999999999999999\n"), note.Replace("— ", "- "), note.Replace("— ", "—  "), note.Replace("pawl/host", "pawl/ho+st"), note.Replace("pawl/host", ""),
            note.Replace("pawl.ledger/", "other/"), note.Replace("\n\n", "\n\n\n"), note.Replace("\n\n", "\n"), note.Replace("\n\n", "\nextension\n\n"), note[..note.IndexOf('—')],
            note.Replace(Convert.ToBase64String(Root), Convert.ToBase64String(Root)[..^2] + "B="), note.Replace(Convert.ToBase64String(Root), Convert.ToBase64String(Root[..31])),
            note.Replace(Convert.ToBase64String(Root), Convert.ToBase64String(Root).Insert(4, " ")), note + string.Concat(Enumerable.Repeat(line, 16)), "\uFEFF" + note,
        ];

        Assert.All(others, other => Assert.False(Checkpoint.TryParse(other, out _), other));
        Assert.True(Checkpoint.TryParse(note + string.Concat(Enumerable.Repeat(line, 15)), out var sixteen));
        Assert.Equal(16, sixteen.Signatures.Count);
    }

    [Fact]
    public void TryParse_AnyByteFlipped_IsRefusedOrNotSigned()
    {
        var note = Encoding.UTF8.GetBytes(Signed.ToString());
        for (var n = 0; n < note.Length; n++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var flipped = note.ToArray();
                flipped[n] ^= (byte)(1 << bit);
                var read = Checkpoint.TryParse(Encoding.UTF8.GetString(flipped), out var checkpoint);
                Assert.False(read && checkpoint.IsSignedBy(_key.PublicKey) && checkpoint.Signatures[0].Name == _key.Signer.Name, $"byte {n}, bit {bit}");
            }
        }
    }

    [Fact]
    public void Append_ManyAtOnce_KeepsEachNoteWholeAndInOrder()
    {
        var file = new CheckpointFile(_folder["copies.txt"]);

        Parallel.For(1, 60, n => new CheckpointFile(_folder["copies.txt"]).Append(Checkpoint.Sign("pawl.ledger/x", n, Root, _key)));

        var sizes = CheckpointFile.ReadAll(_folder["copies.txt"]).Select(c => c.Size).ToList();
        Assert.Equal(sizes.Order(), sizes);
        Assert.Equal(59, file.Last("pawl.ledger/x")!.Size);
        Assert.Null(file.Last("pawl.ledger/y"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(150)]
    public void Append_AfterANoteThatWasNeverFinished_TakesItOff(int written)
    {
        var file = new CheckpointFile(_folder["copies.txt"]);
        file.Append(Checkpoint.Sign("pawl.ledger/x", 1, Root, _key));
        File.AppendAllText(_folder["copies.txt"], Checkpoint.Sign("pawl.ledger/x", 2, Root, _key).ToString()[..written]);

        file.Append(Checkpoint.Sign("pawl.ledger/x", 3, Root, _key));

        Assert.Equal([1, 3], CheckpointFile.ReadAll(_folder["copies.txt"]).Select(c => (int)c.Size));
    }

    [Fact]
    public void Append_ToAFileOfSomethingElse_LeavesItAlone()
    {
        _folder.Write("notes.txt", "Do not lose this.\n");

        Assert.Throws<UnavailableException>(() => new CheckpointFile(_folder["notes.txt"]).Append(Signed));

        Assert.Equal("Do not lose this.\n", File.ReadAllText(_folder["notes.txt"]));
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }
}
