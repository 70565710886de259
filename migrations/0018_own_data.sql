-- What an account can take with it, and what goes when it goes.
create function account_data(account bigint) returns jsonb language plpgsql stable as $$
declare
    secrets text[] := array['password_hash', 'totp_secret', 'totp_last_step', 'token_hash', 'offered_totp', 'code_hash', 'unsubscribe_token'];
    data jsonb := jsonb_build_object('account', (select to_jsonb(a) - secrets from account a where a.id = account));
    name text;
    own text;
    rows jsonb;
begin
    -- Every table that refers to accounts: whatever is added later is in it without another word here.
    for name, own in
        select c.conrelid::regclass::text, string_agg(format('t.%I = $1', a.attname), ' or ')
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = 'account'::regclass and c.connamespace = 'public'::regnamespace
        group by 1 order by 1
    loop
        execute format('select jsonb_agg(to_jsonb(t) - $2) from %s t where %s', name, own) into rows using account, secrets;
        if rows is not null then
            data := data || jsonb_build_object(name, rows);
        end if;
    end loop;
    return data;
end $$;
comment on function account_data(bigint) is 'Everything stored about an account: its row and every row that refers to it, without secrets.';

create function delete_account(account bigint) returns void language plpgsql as $$
begin
    -- What a resident asked for as a person goes with them; what was posted for an organisation or an office stays.
    delete from demand where by_person and author_id = account;
    -- Changes stay in the audit log, without what they said of the person.
    update audit_entry set before = null, after = null where thing = 'account' and thing_id = account;
    delete from account a where a.id = delete_account.account;
    update audit_entry set before = null, after = null where thing = 'account' and thing_id = account;
end $$;
comment on function delete_account(bigint) is 'Deletes a person''s account and what is only theirs; public records stay without their name.';
