using Npgsql;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Storage;

public sealed class DatabaseTargetTests
{
    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("allow", SslMode.Allow)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    [InlineData("VerifyFull", SslMode.VerifyFull)]
    public void FromUrl_AnSslMode_IsTaken(string written, SslMode mode) =>
        Assert.Equal(mode, DatabaseTarget.FromUrl($"postgres://ann@db.example/pawl?sslmode={written}").SslMode);

    [Fact]
    public void FromUrl_LibpqsNames_AreNpgsqlsSettings()
    {
        var settings = DatabaseTarget.FromUrl("postgresql://ann:a%40b@db.example:5433/my%20pawl?sslmode=verify-full&sslrootcert=%2Fetc%2Froot.pem&sslcert=/c.pem&sslkey=/k.pem"
            + "&application_name=night%20shift%2B1&connect_timeout=7&options=-c%20search_path%3Dpawl&target_session_attrs=read-write&channel_binding=require"
            + "&gssencmode=disable&sslnegotiation=direct&keepalives=1&keepalives_idle=30&keepalives_interval=5&load_balance_hosts=random");

        Assert.Equal(("db.example", 5433, "my pawl", "ann", "a@b"), (settings.Host, settings.Port, settings.Database, settings.Username, settings.Password));
        Assert.Equal((SslMode.VerifyFull, "/etc/root.pem", "/c.pem", "/k.pem"), (settings.SslMode, settings.RootCertificate, settings.SslCertificate, settings.SslKey));
        Assert.Equal(("night shift+1", 7, "-c search_path=pawl"), (settings.ApplicationName, settings.Timeout, settings.Options));
        Assert.Equal(("read-write", ChannelBinding.Require, SslNegotiation.Direct), (settings.TargetSessionAttributes, settings.ChannelBinding, settings.SslNegotiation));
        Assert.Equal((true, 30, 5, true), (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval, settings.LoadBalanceHosts));
    }

    [Fact]
    public void FromUrl_NpgsqlsOwnName_IsTaken() =>
        Assert.Equal((3, "x"), DatabaseTarget.FromUrl("postgres://db/pawl?Maximum%20Pool%20Size=3&Search%20Path=x") is var s ? (s.MaxPoolSize, s.SearchPath) : default);

    [Fact]
    public void FromUrl_UserHostAndDatabaseInTheQuery_AreTaken()
    {
        var settings = DatabaseTarget.FromUrl("postgres:///?host=/var/run/postgresql&port=5439&user=ann&password=p%26q&dbname=pawl");

        Assert.Equal(("/var/run/postgresql", 5439, "ann", "p&q", "pawl"), (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database));
    }

    [Theory]
    [InlineData("sslmode=require&sslrootcert=/r.pem", SslMode.VerifyCA)]
    [InlineData("sslrootcert=system", SslMode.VerifyFull)]
    [InlineData("ssl=true", SslMode.Require)]
    public void FromUrl_WhatLibpqVerifies_IsVerified(string query, SslMode mode) =>
        Assert.Equal(mode, DatabaseTarget.FromUrl("postgres://db/pawl?" + query).SslMode);

    [Theory]
    [InlineData("sslmod=require", "sslmod,")]
    [InlineData("pasword=hunter2", "pasword,")]
    [InlineData("sslmode=hunter2", "sslmode ")]
    [InlineData("sslmode=", "sslmode ")]
    [InlineData("sslmode", "sslmode ")]
    [InlineData("sslmode=17", "sslmode ")]
    [InlineData("connect_timeout=soon", "connect_timeout ")]
    [InlineData("connect_timeout=99999999999", "connect_timeout ")]
    [InlineData("connect_timeout=-1", "connect_timeout ")]
    [InlineData("target_session_attrs=hunter2", "target_session_attrs ")]
    [InlineData("load_balance_hosts=hunter2", "load_balance_hosts ")]
    public void Parse_AnAddressWithASettingThatCannotBeUsed_NamesItAndNotItsValue(string query, string named)
    {
        var refused = Assert.Throws<BadInputException>(() => DatabaseTarget.Parse("postgres://db/pawl?" + query));

        Assert.Contains("sets " + named, refused.Message);
        Assert.DoesNotContain("hunter2", refused.Message);
    }
}
