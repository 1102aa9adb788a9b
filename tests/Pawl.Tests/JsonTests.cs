using System.Text;
using System.Text.Json;
using Xunit;

namespace Pawl.Tests;

public sealed class JsonTests
{
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"\ud800":1,"b":2}""")]
    [InlineData("""{"\udc00\ud800":{"\udbff":1}}""")]
    public void Parse_WhatIsNoStrictJson_IsAJsonException(string text) =>
        Assert.ThrowsAny<JsonException>(() => Json.Parse(Encoding.UTF8.GetBytes(text).AsMemory()));
}
